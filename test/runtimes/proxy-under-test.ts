/**
 * The proxy that every runtime runs for the suite: the connection-pool proxy, with some routes more. It is started once
 * for all tests, so a request itself names the upstreams that it may go to, in `x-upstreams`.
 */
import { algo, Message, pipy } from 'sluice'

interface Route {
  readonly pipeline: string
  /** Which of the request's upstreams, counted from 0. */
  readonly upstream: number
}

const routes = new algo.URLRouter<Route>({
  '/at/*': { pipeline: 'upstream', upstream: 0 },
  '/at/second/*': { pipeline: 'upstream', upstream: 1 },
  'second.test/at/*': { pipeline: 'upstream', upstream: 1 },
  '/impatient/*': { pipeline: 'impatient', upstream: 0 },
  '/noted/*': { pipeline: 'noted', upstream: 0 },
  '/client': { pipeline: 'client', upstream: 0 },
  '/collected': { pipeline: 'collected', upstream: 0 },
  '/throws': { pipeline: 'throws', upstream: 0 },
})

let opened = 0
const pool = new algo.ResourcePool<number, string>(() => ++opened)
let lastClient = 0

interface Variables {
  /** Of the client: the number that it holds for each target. */
  held: algo.Cache<string, number> | undefined
  /** Of the client: which one it is, and how often it asked for that. */
  client: { readonly id: number; asked: number }
  /** Of the request. */
  pipeline: string
  target: string
  note: string
}

export default pipy<Variables>({
  held: undefined,
  client: { id: 0, asked: 0 },
  pipeline: '',
  target: '',
  note: '',
})
  .listen('127.0.0.1:0')
  .handleSessionStart((_, $) => {
    $.client = { id: ++lastClient, asked: 0 }
    $.held = new algo.Cache(
      (target) => pool.allocate(target),
      (_target, number) => pool.free(number),
    )
  })
  .handleSessionEnd((_, $) => $.held?.clear())
  .demuxHTTP('request', { maxBodyBytes: 20 * 1024 * 1024 })

  .pipeline('request')
  .handleMessageStart(({ head }, $) => {
    const route = routes.find(head.headers.host, head.path)
    $.pipeline = route?.pipeline ?? ''
    $.target = String(head.headers['x-upstreams'] ?? '').split(' ')[route?.upstream ?? 0] ?? ''
  })
  .link(
    'upstream',
    ($) => $.pipeline === 'upstream',
    'impatient',
    ($) => $.pipeline === 'impatient',
    'noted',
    ($) => $.pipeline === 'noted',
    'local',
  )

  .pipeline('upstream')
  .muxHTTP('connection', ($) => $.held?.get($.target))

  .pipeline('connection')
  .connect(($) => $.target)

  .pipeline('impatient')
  .muxHTTP('connection', ($) => $.held?.get($.target), { responseTimeoutMs: 300 })

  // What a request left in its variables is found again when its answer comes.
  .pipeline('noted')
  .handleMessageStart(({ head }, $) => {
    $.note = head.path ?? ''
  })
  .muxHTTP('connection', ($) => $.held?.get($.target))
  .handleMessageStart(({ head }, $) => {
    head.headers['x-note'] = $.note
  })

  .pipeline('local')
  .link(
    'client',
    ($) => $.pipeline === 'client',
    'collected',
    ($) => $.pipeline === 'collected',
    'throws',
    ($) => $.pipeline === 'throws',
    'no-route',
  )

  .pipeline('client')
  .replaceMessage((_, $) => new Message(`${$.client.id} ${++$.client.asked}`))

  .pipeline('collected')
  .replaceMessage(({ body }) => new Message(`${body?.size ?? 0} bytes`), { maxBodyBytes: 1024 })

  .pipeline('throws')
  .replaceMessage(() => {
    throw new Error('meant to be thrown')
  })

  .pipeline('no-route')
  .replaceMessage(new Message({ status: 404 }, 'No route'))
