// A client that stays keeps its upstream connections to itself. One that leaves hands them to the next client.
pipy({
  _services: new algo.URLRouter({
    '/*': '127.0.0.1:8080',
    '/hi/*': '127.0.0.1:8081',
  }),

  // An object, because sessions copy the variables but share what these hold.
  _opened: { connections: 0 },

  // Numbers that stand for upstream connections, by address. A new one is counted only when none is free.
  _pool: new algo.ResourcePool(() => ++_opened.connections),

  // Of the client: the number that it holds for each address.
  _held: null,

  // Of the request.
  _address: undefined,
})

.listen(8000)
  .handleSessionStart(
    () => _held = new algo.Cache(
      address => _pool.allocate(address),
      (address, number) => _pool.free(number)
    )
  )
  .handleSessionEnd(
    () => _held.clear()
  )
  .demuxHTTP('request')

.pipeline('request')
  .handleMessageStart(
    ({ head }) => _address = _services.find(head.headers.host, head.path)
  )
  .link(
    'upstream', () => _address !== undefined,
    'no-route'
  )

// The number is the key: requests with the same number go over the same connection.
.pipeline('upstream')
  .muxHTTP('connection', () => _held.get(_address))

.pipeline('connection')
  .connect(() => _address)

.pipeline('no-route')
  .replaceMessage(
    new Message({ status: 404 }, 'No route')
  )
