import { afterEach } from 'vitest'
import { http1 } from '../../../src/http/http1.ts'
import type { Configuration } from '../../../src/configuration.ts'
import type { Variables } from '../../../src/engine/context.ts'
import type { ListenerOptions } from '../../../src/engine/proxy-definition.ts'
import { ProxyServer } from '../../../src/engine/proxy-server.ts'
import { pipy } from '../../../src/pipy.ts'
import { MemoryTransport } from '../../support/memory-transport.ts'
import { RecordingLog } from '../../support/recording-log.ts'
import { WireEnd } from './wire-end.ts'

/** What the transport of a proxy offers: each suite passes on both. */
export const TRANSPORTS = [
  { transport: 'the direct path', hasOnlyStreams: false },
  { transport: 'Web Streams alone', hasOnlyStreams: true },
] as const

export interface WireProxyOptions<V> {
  readonly hasOnlyStreams: boolean
  readonly variables?: V
  /** The port that clients connect to. @default 8000 */
  readonly port?: number
  readonly listenOptions?: ListenerOptions
}

const HOST = '127.0.0.1'
const CONNECT_OPTIONS = { connectTimeoutMs: 10_000, keepAlive: true, noDelay: true }
const running: WireProxy[] = []

afterEach(async () => {
  for (const proxy of running.splice(0)) await proxy.close()
})

/** A whole proxy in memory, its clients and its upstreams. */
export class WireProxy {
  readonly transport: MemoryTransport
  readonly log = new RecordingLog()
  readonly server: ProxyServer<never>
  /** What the proxy's upstreams accepted, by port, in order. */
  readonly #accepted = new Map<number, WireEnd[]>()

  private constructor(transport: MemoryTransport, describe: (log: RecordingLog) => ProxyServer<never>) {
    this.transport = transport
    this.server = describe(this.log)
  }

  /** Describes a proxy and starts it. It is closed after the test. */
  static async start<V extends Variables>(
    describe: (proxy: Configuration<V>) => Configuration<V>,
    { hasOnlyStreams, variables, port = 8000, listenOptions }: WireProxyOptions<V>,
  ): Promise<WireProxy> {
    const transport = new MemoryTransport({ hasOnlyStreams })
    const definition = describe(pipy<V>(variables ?? ({} as V)).listen(`${HOST}:${port}`, listenOptions))
    const proxy = new WireProxy(
      transport,
      (log) => new ProxyServer(definition, { transport, log, http1 }) as ProxyServer<never>,
    )
    await proxy.server.start()
    running.push(proxy)
    return proxy
  }

  /** Lets an upstream listen. */
  async listen(port: number, onAccept?: (end: WireEnd) => void): Promise<void> {
    const ends: WireEnd[] = []
    this.#accepted.set(port, ends)
    await this.transport.listen(
      { host: HOST, port },
      { keepAlive: true, noDelay: true, onError: fail },
      (connection) => {
        const end = new WireEnd(connection)
        ends.push(end)
        onAccept?.(end)
      },
    )
  }

  /** The connections that an upstream accepted. */
  accepted(port: number): readonly WireEnd[] {
    return this.#accepted.get(port) ?? []
  }

  /** The connection that an upstream accepted as the `i`th, from 0. */
  upstream(i = 0, port = 9000): WireEnd {
    const end = this.accepted(port)[i]
    if (end === undefined)
      throw new Error(`Cannot find connection ${i} of port ${port}: there are ${this.accepted(port).length}`)
    return end
  }

  /** Opens a client connection. */
  connect(port = 8000): WireEnd {
    return new WireEnd(this.transport.connect({ host: HOST, port }, CONNECT_OPTIONS))
  }

  /** Opens a client connection and sends text, and waits until nothing happens any more. */
  async send(...texts: string[]): Promise<WireEnd> {
    const client = this.connect().write(...texts)
    await this.settle()
    return client
  }

  /** Waits until nothing happens any more without time. */
  settle(): Promise<void> {
    return this.transport.settle()
  }

  async close(): Promise<void> {
    await this.server.close()
    await this.settle()
  }
}

function fail(error: unknown): never {
  throw error
}
