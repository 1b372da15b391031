/** What a script of {@link poolScript} may set beyond its routes. */
export interface PoolScriptOptions {
  /** The options of muxHTTP, as text. @default none */
  readonly muxOptions?: string
  /** What handleMessageStart does first, as an expression. @default nothing */
  readonly onRequest?: string
}

/**
 * The connection-pool proxy as a Pipy script, with each construct that the one in Pipy's tutorial uses: variables of all
 * sessions in an object, functions made while the script loads that use the variables of whoever calls them, assignments
 * as callbacks, a pipeline named by a number.
 * @param routes upstream addresses by URL pattern
 */
export function poolScript(routes: Readonly<Record<string, string>>, options: PoolScriptOptions = {}): string {
  const { muxOptions, onRequest = 'null' } = options
  const rules = Object.entries(routes).map(([pattern, address]) => `    '${pattern}': '${address}',`)
  return `pipy({
  _router: new algo.URLRouter({
${rules.join('\n')}
  }),

  _g: {
    connectionID: 0,
  },

  _connectionPool: new algo.ResourcePool(
    () => ++_g.connectionID
  ),

  _target: '',
  _targetCache: null,
})

.listen('127.0.0.1:0')
  .handleSessionStart(
    () => (
      _targetCache = new algo.Cache(
        // target => connection
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
      ${onRequest},
      _target = _router.find(
        msg.head.headers.host,
        msg.head.path,
      )
    )
  )
  .link(
    'forward', () => Boolean(_target),
    '404'
  )

.pipeline('forward')
  .muxHTTP(
    'connection',
    () => _targetCache.get(_target)${muxOptions === undefined ? '' : `,\n    ${muxOptions}`}
  )

.pipeline('connection')
  .connect(
    () => _target
  )

.pipeline('404')
  .replaceMessage(
    new Message({ status: 404 }, 'No route')
  )
`
}
