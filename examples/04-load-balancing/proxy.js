// Several servers for one service. A client meets the same one for as long as it stays connected and the server is well;
// otherwise it meets the other one, and notices nothing.
pipy({
  _services: new algo.URLRouter({
    '/*': new algo.Service({
      name: 'web',
      targets: ['127.0.0.1:8080'],
    }),
    '/hi/*': new algo.Service({
      name: 'hi',
      targets: ['127.0.0.1:8081', '127.0.0.1:8082'],
      sticky: { by: 'connection' },
      health: { passive: { maxFails: 3, failWindow: '10s' } },
    }),
  }),

  // Of the request.
  _service: undefined,
})

.listen(8000)
  .demuxHTTP('request')

.pipeline('request')
  .handleMessageStart(
    ({ head }) => _service = _services.find(head.headers.host, head.path)
  )
  .link(
    'upstream', () => _service !== undefined,
    'no-route'
  )

.pipeline('upstream')
  .forward(() => _service)

.pipeline('no-route')
  .replaceMessage(
    new Message({ status: 404 }, 'No route')
  )
