import { algo, type MessageStart, pipy } from 'sluice'
import { serve } from 'sluice/node'
import type { ProxyServer } from '../../src/engine/proxy-server.ts'
import { RecordingLog } from '../support/recording-log.ts'

interface Variables {
  held: algo.Cache<string, number> | undefined
  address: string
}

/** What callbacks do with the heads that pass: nothing, read them, or change them so that they are written anew. */
export type HeadHandling = 'untouched' | 'read' | 'changed'

/**
 * The connection-pool proxy on a port of its own. It counts the bytes that pass at its edges: what they cause inside has
 * come to pass when they are counted, since filters call each other.
 */
export class PoolProxy {
  readonly log = new RecordingLog()
  /** Taken from clients. */
  requestBytes = 0
  /** Given to upstream connections. */
  sentBytes = 0
  /** Taken from upstreams. */
  answerBytes = 0
  /** Client connections whose session has begun and has not ended. */
  openSessions = 0
  #server: ProxyServer<Variables> | undefined
  #wake: (() => void)[] = []

  /** @param upstream its address */
  static async start(upstream: string, heads: HeadHandling): Promise<PoolProxy> {
    const proxy = new PoolProxy()
    const services = new algo.URLRouter({ '/*': upstream })
    const handleHead = (start: MessageStart): void => {
      if (heads === 'changed') start.head.headers['x-changed'] = 'y'
    }
    let opened = 0
    const pool = new algo.ResourcePool<number, string>(() => ++opened)
    const definition = pipy<Variables>({ held: undefined, address: upstream })
      .listen('127.0.0.1:0', { forwarded: { style: 'both' } })
      .handleSessionStart((_, $) => {
        proxy.#count('openSessions', 1)
        $.held = new algo.Cache(
          (address) => pool.allocate(address),
          (_address, number) => pool.free(number),
        )
      })
      .handleSessionEnd((_, $) => {
        $.held?.clear()
        proxy.#count('openSessions', -1)
      })
      .handleData(({ size }) => proxy.#count('requestBytes', size))
      .demuxHTTP('request')

      .pipeline('request')
      .handleMessageStart((event, $) => {
        if (heads !== 'untouched') $.address = services.find(event.head.headers.host, event.head.path) ?? upstream
        handleHead(event)
      })
      .muxHTTP('connection', ($) => $.held?.get($.address))
      .handleMessageStart(handleHead)

      .pipeline('connection')
      .handleData(({ size }) => proxy.#count('sentBytes', size))
      .connect(($) => $.address)
      .handleData(({ size }) => proxy.#count('answerBytes', size))
    proxy.#server = await serve(definition, { log: proxy.log })
    return proxy
  }

  get port(): number {
    return (this.#server as ProxyServer<Variables>).addresses[0]?.port as number
  }

  /** Waits until something has been counted. */
  moved(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve))
  }

  async close(): Promise<void> {
    await this.#server?.close()
  }

  #count(what: 'requestBytes' | 'sentBytes' | 'answerBytes' | 'openSessions', size: number): void {
    this[what] += size
    for (const wake of this.#wake.splice(0)) wake()
  }
}
