import { algo, Message, pipy } from 'sluice'

interface Variables {
  /** Of the client: the number that it holds for each address. */
  held: algo.Cache<string, number> | undefined
  /** Of the request. */
  address: string
}

/**
 * A client that stays keeps its upstream connections to itself. One that leaves hands them to the next client.
 * @param routes addresses by URL pattern
 */
export function connectionPool(routes: Readonly<Record<string, string>>) {
  const services = new algo.URLRouter(routes)

  let opened = 0
  /** Numbers that stand for upstream connections, by address. A new one is counted only when none is free. */
  const pool = new algo.ResourcePool<number, string>(() => ++opened)

  return pipy<Variables>({ held: undefined, address: '' })
    .listen(8000)
      .handleSessionStart((_, $) => {
        $.held = new algo.Cache(
          (address) => pool.allocate(address),
          (_address, number) => pool.free(number),
        )
      })
      .handleSessionEnd((_, $) => $.held?.clear())
      .demuxHTTP('request')

    .pipeline('request')
      .handleMessageStart(({ head }, $) => {
        $.address = services.find(head.headers.host, head.path) ?? ''
      })
      .link(
        'upstream', ($) => $.address !== '',
        'no-route',
      )

    .pipeline('upstream')
      .muxHTTP('connection', ($) => $.held?.get($.address))

    .pipeline('connection')
      .connect(($) => $.address)

    .pipeline('no-route')
      .replaceMessage(new Message({ status: 404 }, 'No route'))
}

export default connectionPool({
  '/*': '127.0.0.1:8080',
  '/hi/*': '127.0.0.1:8081',
})
