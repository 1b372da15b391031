// Sends each request to the server that its host and path choose.
pipy({
  _services: new algo.URLRouter({
    '/*': '127.0.0.1:8080',
    '/hi/*': '127.0.0.1:8081',
  }),

  // Of the request under way: each request has a copy of these variables.
  _address: undefined,
})

.listen(8000)
  .demuxHTTP('request')

.pipeline('request')
  .handleMessageStart(
    ({ head }) => _address = _services.find(head.headers.host, head.path)
  )
  .link(
    'upstream', () => _address !== undefined,
    'no-route'
  )

// One connection per address, which all clients share.
.pipeline('upstream')
  .muxHTTP('connection', () => _address)

.pipeline('connection')
  .connect(() => _address)

.pipeline('no-route')
  .replaceMessage(
    new Message({ status: 404 }, 'No route')
  )
