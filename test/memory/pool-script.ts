/** The connection-pool proxy: a client holds an upstream connection for as long as it stays, and leaves it to the next. */
export function poolScript(upstreamPort: number): string {
  return `pipy({
  _g: { id: 0 },
  _pool: new algo.ResourcePool(() => ++_g.id),
  _held: null,
})
.listen('127.0.0.1:0', { idleTimeout: 3600 })
  .handleSessionStart(() => (_held = new algo.Cache(t => _pool.allocate(t), (t, id) => _pool.free(id))))
  .handleSessionEnd(() => (_held.clear()))
  .demuxHTTP('request', { keepAliveTimeout: 3600 })
.pipeline('request')
  .muxHTTP('connection', () => _held.get('127.0.0.1:${upstreamPort}'))
.pipeline('connection')
  .connect('127.0.0.1:${upstreamPort}', { idleTimeout: 3600 })
`
}

/** A proxy whose clients share a few upstream connections, so that a client costs nothing but itself. */
export function sharedScript(upstreamPort: number): string {
  return `pipy()
.listen('127.0.0.1:0', { idleTimeout: 3600 })
  .demuxHTTP('request', { keepAliveTimeout: 3600 })
.pipeline('request')
  .muxHTTP('connection', 'all', { maxConnections: 16, maxQueue: 100000 })
.pipeline('connection')
  .connect('127.0.0.1:${upstreamPort}')
`
}
