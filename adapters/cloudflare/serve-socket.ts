import { buildProxy, type BuiltProxy, type ProxySurroundings } from '../../src/engine/build-proxy.ts'
import { InboundSession } from '../../src/engine/inbound-session.ts'
import type { ProxyDefinition } from '../../src/engine/proxy-definition.ts'
import { Ticker } from '../../src/engine/ticker.ts'
import { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { parseAddress } from '../../src/engine/parse-address.ts'
import { http1 } from '../../src/http/http1.ts'
import { LIMITS } from '../../src/limits.ts'
import type { Address, Connection, ConnectionInfo } from '../../src/transport.ts'

/**
 * Serves one raw connection that the runtime has accepted, by a build of the proxy that is its own. The `listen` that
 * takes it is the one with the port that the client connected to, or the first one.
 * @returns what settles when the connection is closed, however it ends
 */
export async function serveSocket<V>(
  socket: Socket,
  definition: ProxyDefinition<V>,
  surroundings: ProxySurroundings,
): Promise<void> {
  const { transport, log } = surroundings
  try {
    const connection = await openConnection(socket)
    const built = buildProxy(definition, { http1, ...surroundings })
    const { layout, definition: listen } = chooseListener(built, connection.info.localPort)
    const { idleTimeoutMs = LIMITS.idleTimeoutMs, forwarded } = listen.options
    await new Promise<void>((resolve) => {
      const ticker = new Ticker(transport, [idleTimeoutMs, LIMITS.lingerTimeoutMs], () => {
        if (session.isIdle(idleTimeoutMs) || session.hasLingered(LIMITS.lingerTimeoutMs)) session.abort()
      })
      const close = (): void => {
        ticker.stop()
        built.stop()
        resolve()
      }
      const session = new InboundSession(connection, layout, definition.variables, ticker, close, forwarded)
      ticker.start()
      session.start(new Data())
    })
  } catch (error) {
    const failure = ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot serve a connection')
    log.error(failure.message, failure)
    await socket.close().catch(() => undefined)
  }
}

async function openConnection(socket: Socket): Promise<Connection> {
  const { remoteAddress, localAddress } = await socket.opened
  const remote = readAddress(remoteAddress)
  const local = readAddress(localAddress)
  const info: ConnectionInfo = {
    remoteAddress: remote.host,
    remotePort: remote.port,
    localAddress: local.host,
    localPort: local.port,
  }
  const { readable, writable, closed } = socket
  return { readable, writable, closed, info }
}

/** @param text as the runtime says it, if it does */
function readAddress(text: string | undefined): Address {
  try {
    return parseAddress(text ?? '')
  } catch {
    return { host: '', port: 0 }
  }
}

function chooseListener<V>({ listeners }: BuiltProxy<V>, port: number): BuiltProxy<V>['listeners'][number] {
  const listener = listeners.find(({ definition }) => definition.port === port) ?? listeners[0]
  if (listener === undefined)
    throw new ProxyError('INVALID_ARGUMENT', 'Cannot serve a connection: the proxy listens nowhere')
  return listener
}
