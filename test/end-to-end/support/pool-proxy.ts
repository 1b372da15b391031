import { readdirSync } from 'node:fs'
import { algo, type Configuration, type Head, type ListenerOptions, type ProxyServer, pipy } from 'sluice'
import { serve } from 'sluice/node'
import { onTestFinished } from 'vitest'
import { RecordingLog } from '../../support/recording-log.ts'

type Pipelines = Configuration<Variables>

interface Variables {
  held: algo.Cache<string, number> | undefined
  target: string
}

export interface PoolProxyOptions {
  /** Chooses an upstream by the request's head; '' is answered with 404. */
  readonly route: string | ((head: Head) => string | undefined)
  /**
   * `client`: each client holds a connection for each upstream until it leaves, as in Pipy's tutorial; `upstream`: all
   * clients share those of an upstream. @default 'client'
   */
  readonly sharing?: 'client' | 'upstream'
  readonly listen?: ListenerOptions
  readonly demuxHTTP?: Parameters<Pipelines['demuxHTTP']>[1]
  readonly muxHTTP?: Parameters<Pipelines['muxHTTP']>[2]
  readonly connect?: Parameters<Pipelines['connect']>[1]
}

/** The connection-pool proxy over real sockets in the process of the test, which can look into it. */
export class PoolProxy {
  readonly log: RecordingLog
  readonly server: ProxyServer<Variables>
  readonly port: number
  /** Connections that clients hold at this time, as the pool counts them. */
  readonly #held: { count: number }

  static async start(options: PoolProxyOptions): Promise<PoolProxy> {
    const held = { count: 0 }
    const log = new RecordingLog()
    const server = await serve(createProxy(options, held), { log })
    onTestFinished(() => server.close())
    return new PoolProxy(server, log, held)
  }

  private constructor(server: ProxyServer<Variables>, log: RecordingLog, held: { count: number }) {
    this.server = server
    this.log = log
    this.port = server.addresses[0]?.port as number
    this.#held = held
  }

  get heldCount(): number {
    return this.#held.count
  }
}

/** Files and sockets that this process has open; 0 where the system does not tell. */
export function countOpenFiles(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
}

function createProxy(options: PoolProxyOptions, held: { count: number }): Pipelines {
  const { route, sharing = 'client' } = options
  let lastId = 0
  const pool = new algo.ResourcePool<number, string>(() => ++lastId)
  return pipy<Variables>({ held: undefined, target: '' })
    .listen('127.0.0.1:0', options.listen)
    .handleSessionStart((_, $) => {
      $.held = new algo.Cache<string, number>(
        (target) => {
          held.count++
          return pool.allocate(target)
        },
        (_target, id) => {
          held.count--
          pool.free(id)
        },
      )
    })
    .handleSessionEnd((_, $) => $.held?.clear())
    .demuxHTTP('routing', options.demuxHTTP)
    .pipeline('routing')
    .handleMessageStart(({ head }, $) => {
      $.target = (typeof route === 'string' ? route : route(head)) ?? ''
    })
    .link('forward', ($) => $.target !== '', 'none')
    .pipeline('forward')
    .muxHTTP('connection', ($) => (sharing === 'upstream' ? $.target : $.held?.get($.target)), options.muxHTTP)
    .pipeline('connection')
    .connect(($) => $.target, options.connect)
    .pipeline('none')
    .serveFetch(() => new Response('No route', { status: 404 }))
}
