import { algo, Message, pipy } from 'sluice'

const services = new algo.URLRouter({
  '/*': new algo.RoundRobinLoadBalancer(['127.0.0.1:8080']),
  '/hi/*': new algo.RoundRobinLoadBalancer(['127.0.0.1:8081', '127.0.0.1:8082']),
})

let opened = 0
const pool = new algo.ResourcePool<number, string>(() => ++opened)

/** What a client keeps for as long as it stays connected. */
class Client {
  /** The address that each balancer chose for it. */
  readonly chosen = new algo.Cache<algo.LoadBalancer, string | undefined>(
    (balancer) => balancer.select(),
    (balancer, address) => address !== undefined && balancer.deselect(address),
  )
  /** Its connection to each address. */
  readonly held = new algo.Cache<string, number>(
    (address) => pool.allocate(address),
    (_, number) => pool.free(number),
  )

  leave(): void {
    this.chosen.clear()
    this.held.clear()
  }
}

/** Several servers for one service. A client meets the same one for as long as it stays connected. */
export default pipy({ client: undefined as Client | undefined, address: '' })
  .listen(8000)
    .handleSessionStart((_, $) => {
      $.client = new Client()
    })
    .handleSessionEnd((_, $) => $.client?.leave())
    .demuxHTTP('request')

  .pipeline('request')
    .handleMessageStart(({ head }, $) => {
      const balancer = services.find(head.headers.host, head.path)
      $.address = (balancer && $.client?.chosen.get(balancer)) ?? ''
    })
    .link(
      'upstream', ($) => $.address !== '',
      'no-route',
    )

  .pipeline('upstream')
    .muxHTTP('connection', ($) => $.client?.held.get($.address))

  .pipeline('connection')
    .connect(($) => $.address)

  .pipeline('no-route')
    .replaceMessage(new Message({ status: 404 }, 'No route'))
