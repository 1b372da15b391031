/** The proxy that the applications of all frameworks have inside. A request names its upstream in `x-upstreams`. */
import { algo, type Configuration, Message, pipy } from 'sluice'

let opened = 0
const pool = new algo.ResourcePool<number, string>(() => ++opened)

/** What the application tells the proxy: who the user is, and a value of the platform. */
export interface ApplicationVariables {
  held: algo.Cache<string, number> | undefined
  target: string
  user: string
  region: string
}

export const proxy: Configuration<ApplicationVariables> = pipy<ApplicationVariables>({
  held: undefined,
  target: '',
  user: 'nobody',
  region: 'nowhere',
})
  .listen('127.0.0.1:0', { forwarded: {} })
  .handleSessionStart((_, $) => {
    $.held = new algo.Cache(
      (target) => pool.allocate(target),
      (_target, number) => pool.free(number),
    )
  })
  .handleSessionEnd((_, $) => $.held?.clear())
  .demuxHTTP('request')

  .pipeline('request')
  .handleMessageStart(({ head }, $) => {
    if (head.path === '/throws') throw new Error('meant to be thrown')
    if (head.path?.startsWith('/at/')) $.target = String(head.headers['x-upstreams'] ?? '')
    head.headers['x-user'] = $.user
    head.headers['x-region'] = $.region
  })
  .link('upstream', ($) => $.target !== '', 'no-route')

  .pipeline('upstream')
  .muxHTTP('connection', ($) => $.held?.get($.target))

  .pipeline('connection')
  .connect(($) => $.target)

  .pipeline('no-route')
  .replaceMessage(new Message({ status: 404 }, 'No route'))
