import { ProxyError } from '../../src/errors.ts'
import { ConnectionStreams } from '../../src/streams/connection-streams.ts'
import { StreamConnection } from '../../src/streams/stream-connection.ts'
import type { Address, Connection, ConnectionInfo } from '../../src/transport.ts'
import { formatTarget } from './format-target.ts'
import { TARGET_FIELD } from './target-field.ts'

/** What a stub of a {@link SluicePool} is used for. */
export interface PoolStub {
  fetch(url: string, init: RequestInit): Promise<Response>
}

/** Nobody resolves it. */
const POOL_URL = 'http://pool/'

/**
 * Connects to a target by way of a pool: a connection whose bytes are the bodies of one POST to the pool's object and of
 * its answer. It carries messages of HTTP/1.1 only; how the target is reached, and by how many connections, is the pool's
 * matter, and so is an upstream that cannot be reached: it is answered for, with 502 or 504.
 *
 * `opened` rejects with CONNECT_FAILED when the object takes no connection, and with CONNECT_TIMEOUT when it takes too
 * long to say so.
 */
export function poolConnection(stub: PoolStub, address: Address, connectTimeoutMs: number): Connection {
  const target = formatTarget(address)
  const requests = new IdentityTransformStream()
  const call = new AbortController()
  const readable = callPool(stub, target, requests.readable, { call, timeoutMs: connectTimeoutMs })
  const opened = readable.then(() => undefined)
  // Whoever uses the connection asks for it; a rejection that nobody waits for is no defect.
  opened.catch((error: unknown) => requests.readable.cancel(error).catch(() => undefined))
  // Streams that are cancelled and aborted end in good order at the pool, which then waits for the answer.
  const giveUp = (): void => call.abort(new ProxyError('CLOSED', `Cannot go on with the pool of "${target}": given up`))
  const direct = new StreamConnection({ readable, writable: requests.writable, opened, closed: opened, giveUp })
  const { host, port } = address
  const info: ConnectionInfo = { remoteAddress: host, remotePort: port, localAddress: '', localPort: 0 }
  let streams: ConnectionStreams | undefined
  const toStreams = (): ConnectionStreams => (streams ??= new ConnectionStreams(direct))
  return {
    get readable() {
      return toStreams().readable
    },
    get writable() {
      return toStreams().writable
    },
    get closed() {
      return toStreams().closed
    },
    opened,
    direct,
    info,
  }
}

async function callPool(
  stub: PoolStub,
  target: string,
  body: ReadableStream,
  { call, timeoutMs }: { readonly call: AbortController; readonly timeoutMs: number },
): Promise<ReadableStream<Uint8Array>> {
  const timer =
    timeoutMs === 0
      ? null
      : setTimeout(() => {
          call.abort(
            new ProxyError('CONNECT_TIMEOUT', `Cannot reach the pool of "${target}": ${timeoutMs} ms are over`),
          )
        }, timeoutMs)
  try {
    const headers = { [TARGET_FIELD]: target }
    const response = await stub.fetch(POOL_URL, { method: 'POST', headers, body, signal: call.signal })
    if (response.ok && response.body !== null) return response.body
    throw new Error(`it answered ${response.status} "${(await response.text()).trim()}"`)
  } catch (error) {
    throw ProxyError.from(call.signal.reason ?? error, 'CONNECT_FAILED', `Cannot use the pool of "${target}"`)
  } finally {
    clearTimeout(timer)
  }
}
