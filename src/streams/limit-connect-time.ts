import { ProxyError } from '../errors.ts'
import type { Address, Timer, Transport } from '../transport.ts'
import { formatAddress } from './format-address.ts'

/**
 * Gives a connection up with CONNECT_TIMEOUT unless the timer is cancelled in time.
 * @param timeoutMs 0 waits for ever
 * @returns undefined when there is nothing to cancel
 */
export function limitConnectTime(
  connection: { fail(error: ProxyError): void },
  address: Address,
  timeoutMs: number,
  transport: Pick<Transport, 'setTimer'>,
): Timer | undefined {
  if (timeoutMs === 0) return undefined
  return transport.setTimer(() => {
    const text = `Cannot connect to "${formatAddress(address)}": no answer after ${timeoutMs} ms`
    connection.fail(new ProxyError('CONNECT_TIMEOUT', text))
  }, timeoutMs)
}
