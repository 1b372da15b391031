// Limits for each client and for the service behind.
pipy({
  // Of each client: five requests a minute, which it may send at once.
  _requests: new algo.Quota(5, { per: 60 }),
  // At the service, from all clients together: so many requests at once.
  _underWay: new algo.Quota(100),
  // Of the answers to each client: bytes in a second.
  _bytes: new algo.Quota('1m', { per: 1 }),

  // Of the request.
  _client: '',
  _isProbe: false,
})

.listen(8000)
  .demuxHTTP('request')

.pipeline('request')
  .handleMessageStart(
    ({ head }) => (
      _client = __inbound.remoteAddress,
      _isProbe = head.path === '/health'
    )
  )
  .link(
    'service', () => _isProbe,
    'limited'
  )

.pipeline('limited')
  .throttleMessageRate(() => _requests, { key: () => _client, excess: 'reject' })
  .link('service')

.pipeline('service')
  .throttleConcurrency(() => _underWay, { priority: () => _isProbe ? 1 : 0, maxQueue: 200, timeout: '5s' })
  .muxHTTP('connection', () => 'service', { maxConnections: 100 })
  .throttleDataRate(() => _bytes, { key: () => _client })

.pipeline('connection')
  .connect('127.0.0.1:8080')
