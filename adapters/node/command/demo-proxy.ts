import { Cache } from '../../../src/algorithms/cache.ts'
import { ResourcePool } from '../../../src/algorithms/resource-pool.ts'
import { URLRouter } from '../../../src/algorithms/url-router.ts'
import type { Configuration } from '../../../src/configuration.ts'
import { Message } from '../../../src/events.ts'
import { pipy } from '../../../src/pipy.ts'

/** The ports of the demo. */
export interface DemoPorts {
  readonly proxy: number
  readonly upstreams: readonly [number, number]
}

export const DEMO_PORTS: DemoPorts = { proxy: 8000, upstreams: [8080, 8081] }

interface Variables {
  /** Of a client: the connection that it holds for each upstream. */
  connections: Cache<string, number> | undefined
  /** Of a request: the upstream that it goes to. */
  target: string
  /** Of an upstream's connection: its number there. */
  number: number
}

/**
 * The proxy that runs when no script is given: each request is routed by its path, a client keeps the upstream
 * connections that it got from the pool until it leaves, and two small upstreams in the same process say on which of
 * their connections a request came.
 */
export function createDemoProxy({ proxy, upstreams }: DemoPorts = DEMO_PORTS): Configuration<Variables> {
  const [first, second] = upstreams.map((port) => `127.0.0.1:${port}`)
  const router = new URLRouter({ '/*': first, '/hi/*': second })
  let lastConnection = 0
  const pool = new ResourcePool<number, string>(() => ++lastConnection)

  const configuration = pipy<Variables>({ connections: undefined, target: '', number: 0 })
    .listen(proxy)
    .handleSessionStart((_, $) => {
      $.connections = new Cache(
        (target) => pool.allocate(target),
        (_target, connection) => pool.free(connection),
      )
    })
    .handleSessionEnd((_, $) => $.connections?.clear())
    .demuxHTTP('routing')

    .pipeline('routing')
    .handleMessageStart(({ head }, $) => {
      $.target = router.find(head.headers.host, head.path) ?? ''
    })
    .muxHTTP('connection', ($) => $.connections?.get($.target))

    .pipeline('connection')
    .connect(($) => $.target)

  return upstreams.reduce((all, port) => addUpstream(all, port), configuration)
}

/** A server that says who it is and on which of its connections the request came. */
function addUpstream(configuration: Configuration<Variables>, port: number): Configuration<Variables> {
  let connectionCount = 0
  return configuration
    .listen(`127.0.0.1:${port}`)
    .handleSessionStart((_, $) => {
      $.number = ++connectionCount
    })
    .serveHTTP(({ head }, $) => {
      const text = `upstream ${port} got ${head.method} ${head.path} on its connection ${$.number}\n`
      return new Message({ headers: { 'content-type': 'text/plain' } }, text)
    })
}

/** What to try with the demo. */
export function describeDemo({ proxy, upstreams: [first, second] }: DemoPorts = DEMO_PORTS): string {
  const url = `http://localhost:${proxy}`
  return `
This is the demo: a proxy on port ${proxy} and two upstreams on ${first} and ${second}.

  curl ${url}/            goes to ${first}
  curl ${url}/hi/there    goes to ${second}
  curl ${url}/a ${url}/b
                                       one client: both requests on the same upstream connection

A client that leaves gives its upstream connection back: the next one gets the same again.
To run a proxy of your own: sluice proxy.js
`
}
