import type { HealthCheck } from '../../algorithms/service/health-check.ts'
import type { BuildScope } from '../../engine/filter-recipe.ts'
import { parseTarget } from '../../engine/parse-target.ts'
import { ProxyError } from '../../errors.ts'
import { directConnection } from '../../streams/direct-connection.ts'
import { formatAddress } from '../../streams/format-address.ts'
import type { Address, ConnectOptions, DirectConnection } from '../../transport.ts'
import { HttpProbe } from './http-probe.ts'

/** The time is the service's matter, and ends by the signal. */
const CONNECT: ConnectOptions = { connectTimeoutMs: 0, keepAlive: false, noDelay: true }

/**
 * Checks a target over a connection of its own, which no request waits for and no limit of the pool holds up. `http` asks
 * for a path; `tcp` opens a connection and closes it.
 * @returns settles when the target is well; rejects with a ProxyError that says what is wrong
 */
export function probeTarget(
  scope: Pick<BuildScope, 'transport' | 'http1'>,
  target: string,
  check: HealthCheck,
  signal: AbortSignal,
): Promise<void> {
  const { transport } = scope
  return new Promise((resolve, reject) => {
    const address = parseTarget(target)
    const isHttp = check.type === 'http'
    const protocol = transport.takesMessages === true ? 'http-messages' : 'http'
    let isOver = false
    const direct: DirectConnection = directConnection(
      transport.connect(address, isHttp ? { ...CONNECT, protocol } : CONNECT),
    )
    const finish = (end: () => void): void => {
      if (isOver) return
      isOver = true
      signal.removeEventListener('abort', giveUp)
      direct.close()
      end()
    }
    const succeed = (): void => finish(resolve)
    const fail = (error: ProxyError): void => finish(() => reject(error))
    const giveUp = (): void => fail(new ProxyError('CLOSED', `Cannot check "${target}" any longer: it was given up`))
    signal.addEventListener('abort', giveUp)
    if (!isHttp) return direct.attach(new TcpProbe(succeed, fail))
    const http1 = protocol === 'http' ? scope.http1 : undefined
    new HttpProbe({ check, host: check.host ?? hostOf(address), http1, direct, succeed, fail })
  })
}

/** A target that takes a connection is well. */
class TcpProbe {
  readonly #fail: (error: ProxyError) => void
  readonly onOpen: () => void

  constructor(succeed: () => void, fail: (error: ProxyError) => void) {
    this.onOpen = succeed
    this.#fail = fail
  }

  onData(): void {
    this.onOpen()
  }

  onEnd(): void {}

  onDrain(): void {}

  onClose(error = new ProxyError('CONNECTION_CLOSED', 'Cannot use the connection: it was closed at once')): void {
    this.#fail(error)
  }
}

/** The Host of a target: without the port where its scheme has one of its own (RFC 9110 7.2). */
function hostOf(address: Address): string {
  const { scheme, host, port } = address
  const isUsual = scheme === 'binding' || (scheme === 'http' && port === 80) || (scheme === 'https' && port === 443)
  return isUsual ? formatAddress(address).replace(/:\d+$/, '') : formatAddress({ host, port })
}
