import { type BuiltProxy, buildProxy, type ProxySurroundings } from '../../src/engine/build-proxy.ts'
import { InboundSession } from '../../src/engine/inbound-session.ts'
import { parseTarget } from '../../src/engine/parse-target.ts'
import { Ticker } from '../../src/engine/ticker.ts'
import { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { http1 } from '../../src/http/http1.ts'
import type { Connection, ConnectionInfo } from '../../src/transport.ts'
import { CountedTransport } from './counted-transport.ts'
import { PoolCounters } from './pool-counters.ts'
import type { PoolOptions } from './pool-options.ts'
import { poolProxy, type PoolVariables } from './pool-proxy.ts'
import type { PoolStatistics } from './pool-statistics.ts'
import { TARGET_FIELD } from './target-field.ts'

const NOWHERE: ConnectionInfo = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 }
const FLUSH = new Data()

/**
 * What a {@link SluicePool} does: takes connections from Workers, each in the form of one POST. The request's body is what
 * the Worker sends, messages of HTTP/1.1, the answer's body what it gets, as on a connection: the answer begins before the
 * request ends.
 */
export class PoolServer {
  readonly #counters = new PoolCounters()
  readonly #built: BuiltProxy<PoolVariables>
  readonly #ticker: Ticker

  /** @throws what buildProxy throws for options that are none */
  constructor(options: PoolOptions, { transport, log }: ProxySurroundings) {
    const counted = new CountedTransport(transport, this.#counters)
    this.#built = buildProxy(poolProxy(options, this.#counters), { transport: counted, log, http1 })
    this.#ticker = new Ticker(transport, [], () => undefined)
  }

  get statistics(): PoolStatistics {
    return this.#counters.statistics
  }

  /** Takes a connection. What is none is answered 400 or 405 with a short text. */
  serve(request: Request): Response {
    const { body } = request
    if (request.method !== 'POST' || body === null)
      return refuse(405, 'expected POST with a body that is the connection')
    const target = request.headers.get(TARGET_FIELD)
    if (target === null) return refuse(400, `expected the target in the field "${TARGET_FIELD}"`)
    try {
      if (parseTarget(target).scheme === 'binding') return refuse(400, `"${target}" has no connections`)
    } catch (error) {
      return refuse(400, ProxyError.from(error, 'INVALID_TARGET', 'Cannot read target').message)
    }
    return this.#accept(body, target)
  }

  #accept(readable: ReadableStream<Uint8Array>, target: string): Response {
    const answers = new IdentityTransformStream()
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const connection: Connection = { readable, writable: answers.writable, closed, info: NOWHERE }
    const layout = this.#built.listeners[0]?.layout
    if (layout === undefined)
      throw new ProxyError('INVALID_ARGUMENT', 'Cannot take connections: the pool listens nowhere')
    const onClose = (): void => {
      this.#counters.clients--
      resolve()
    }
    this.#counters.clients++
    new InboundSession(connection, layout, { target }, this.#ticker, onClose).start(FLUSH)
    return new Response(answers.readable)
  }
}

function refuse(status: number, state: string): Response {
  return new Response(`Cannot take connection: ${state}\n`, { status })
}
