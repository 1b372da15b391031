// Several servers for one service. A client meets the same one for as long as it stays connected.
pipy({
  _services: new algo.URLRouter({
    '/*': new algo.RoundRobinLoadBalancer(['127.0.0.1:8080']),
    '/hi/*': new algo.RoundRobinLoadBalancer(['127.0.0.1:8081', '127.0.0.1:8082']),
  }),

  _opened: { connections: 0 },
  _pool: new algo.ResourcePool(() => ++_opened.connections),

  // Of the client: the address that each balancer chose for it, and its connection to each address.
  _chosen: null,
  _held: null,

  // Of the request.
  _balancer: undefined,
  _address: undefined,
})

.listen(8000)
  .handleSessionStart(
    () => (
      _chosen = new algo.Cache(
        balancer => balancer.select(),
        (balancer, address) => balancer.deselect(address)
      ),
      _held = new algo.Cache(
        address => _pool.allocate(address),
        (address, number) => _pool.free(number)
      )
    )
  )
  .handleSessionEnd(
    () => (
      _chosen.clear(),
      _held.clear()
    )
  )
  .demuxHTTP('request')

.pipeline('request')
  .handleMessageStart(
    ({ head }) => (
      _balancer = _services.find(head.headers.host, head.path),
      _address = _balancer && _chosen.get(_balancer)
    )
  )
  .link(
    'upstream', () => _address !== undefined,
    'no-route'
  )

.pipeline('upstream')
  .muxHTTP('connection', () => _held.get(_address))

.pipeline('connection')
  .connect(() => _address)

.pipeline('no-route')
  .replaceMessage(
    new Message({ status: 404 }, 'No route')
  )
