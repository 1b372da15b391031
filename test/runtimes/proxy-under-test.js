// The proxy under test as a Pipy script: it does what proxy-under-test.ts does.
pipy({
  _routes: new algo.URLRouter({
    '/at/*': { pipeline: 'upstream', upstream: 0 },
    '/at/second/*': { pipeline: 'upstream', upstream: 1 },
    'second.test/at/*': { pipeline: 'upstream', upstream: 1 },
    '/impatient/*': { pipeline: 'impatient', upstream: 0 },
    '/noted/*': { pipeline: 'noted', upstream: 0 },
    '/client': { pipeline: 'client', upstream: 0 },
    '/collected': { pipeline: 'collected', upstream: 0 },
    '/throws': { pipeline: 'throws', upstream: 0 },
  }),
  _g: { opened: 0, lastClient: 0 },
  _pool: new algo.ResourcePool(() => ++_g.opened),
  _held: null,
  _client: null,
  _route: null,
  _target: '',
  _note: '',
})

  .listen('127.0.0.1:0')
    .handleSessionStart(() => (
      _client = { id: ++_g.lastClient, asked: 0 },
      _held = new algo.Cache(
        target => _pool.allocate(target),
        (target, number) => _pool.free(number),
      )
    ))
    .handleSessionEnd(() => _held.clear())
    .demuxHTTP('request', { maxBodySize: '20M' })

  .pipeline('request')
    .handleMessageStart(msg => (
      _route = _routes.find(msg.head.headers.host, msg.head.path),
      _target = (msg.head.headers['x-upstreams'] || '').split(' ')[_route?.upstream || 0] || ''
    ))
    .link(
      'upstream', () => _route?.pipeline === 'upstream',
      'impatient', () => _route?.pipeline === 'impatient',
      'noted', () => _route?.pipeline === 'noted',
      'local',
    )

  .pipeline('upstream')
    .muxHTTP('connection', () => _held.get(_target))

  .pipeline('connection')
    .connect(() => _target)

  .pipeline('impatient')
    .muxHTTP('connection', () => _held.get(_target), { responseTimeout: 0.3 })

  .pipeline('noted')
    .handleMessageStart(msg => _note = msg.head.path)
    .muxHTTP('connection', () => _held.get(_target))
    .handleMessageStart(msg => msg.head.headers['x-note'] = _note)

  .pipeline('local')
    .link(
      'client', () => _route?.pipeline === 'client',
      'collected', () => _route?.pipeline === 'collected',
      'throws', () => _route?.pipeline === 'throws',
      'no-route',
    )

  .pipeline('client')
    .replaceMessage(() => new Message(`${_client.id} ${++_client.asked}`))

  .pipeline('collected')
    .replaceMessage(msg => new Message(`${msg.body?.size || 0} bytes`), { bufferLimit: 1024 })

  .pipeline('throws')
    .replaceMessage(() => { throw new Error('meant to be thrown') })

  .pipeline('no-route')
    .replaceMessage(new Message({ status: 404 }, 'No route'))
