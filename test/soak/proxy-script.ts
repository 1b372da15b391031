/**
 * The connection-pool proxy: a client holds one upstream connection per target for as long as it stays, and hands them
 * to the next one when it leaves. Requests of the third route are sent again whatever their method is.
 * @param ports of the upstream's three services
 * @param resends whether requests are sent again at all
 */
export function proxyScript([first, second, third]: readonly number[], resends: boolean): string {
  const [forward, post] = resends ? ['{}', "{ resend: 'always' }"] : ["{ resend: 'never' }", "{ resend: 'never' }"]
  return `pipy({
  _router: new algo.URLRouter({
    '/0/*': '127.0.0.1:${first}',
    '/1/*': '127.0.0.1:${second}',
    '/post/*': '127.0.0.1:${third}',
  }),

  _g: {
    connectionID: 0,
  },

  _connectionPool: new algo.ResourcePool(
    () => ++_g.connectionID
  ),

  _target: '',
  _isPost: false,
  _targetCache: null,
})

.listen('127.0.0.1:0')
  .handleSessionStart(
    () => (
      _targetCache = new algo.Cache(
        (k  ) => _connectionPool.allocate(k),
        (k,v) => _connectionPool.free(v),
      )
    )
  )
  .handleSessionEnd(
    () => (
      _targetCache.clear()
    )
  )
  .demuxHTTP('routing')

.pipeline('routing')
  .handleMessageStart(
    msg => (
      _target = _router.find(
        msg.head.headers.host,
        msg.head.path,
      ),
      _isPost = msg.head.path.startsWith('/post/')
    )
  )
  .link(
    'post', () => _isPost,
    'forward'
  )

.pipeline('forward')
  .muxHTTP(
    'connection',
    () => _targetCache.get(_target),
    ${forward}
  )

.pipeline('post')
  .muxHTTP(
    'connection',
    () => _targetCache.get(_target),
    ${post}
  )

.pipeline('connection')
  .connect(
    () => _target
  )
`
}
