/**
 * A Worker in front of two instances of a service. A client stays with its instance, by a cookie. Connections to the
 * instances are kept in a Durable Object for each, over all requests. `/_sluice/stats` tells whoever knows the secret.
 */
import { algo, pipy } from 'sluice'
import { controlRoutes, sockets, worker } from 'sluice/cloudflare'

export { SluicePool } from 'sluice/cloudflare'

interface Env {
  /** Addresses of the instances, with commas in between. */
  readonly UPSTREAMS: string
}

/** The session that a request's cookies name. */
function findSession(cookies: string | null): string | undefined {
  return /(?:^|;\s*)session=([\da-f-]{36})(?:;|$)/.exec(cookies ?? '')?.[1]
}

/** Clients choose by their cookie: the instances of a session are the same in all places that this runs in. */
function stickySessions({ UPSTREAMS }: Env) {
  const balancer = new algo.HashingLoadBalancer(UPSTREAMS.split(','))

  return pipy({
    /** Of a session: the requests that it has sent to this isolate. An object, because requests copy the variables. */
    sent: { requests: 0 },
    /** Of a request. */
    session: '',
    isNew: false,
    address: '',
  })
    .listen(8000)
      .handleSessionStart((_, $) => {
        $.sent = { requests: 0 }
      })
      .demuxHTTP('request')

    .pipeline('request')
      .handleMessageStart(({ head }, $) => {
        const known = findSession(String(head.headers.cookie))
        $.session = known ?? algo.uuid()
        $.isNew = known === undefined
        $.address = balancer.select($.session) ?? ''
        $.sent.requests++
      })
      .link('upstream')
      .handleMessageStart(({ head }, $) => {
        head.headers['x-session-requests'] = String($.sent.requests)
        if (!$.isNew) return
        const cookies = head.headers['set-cookie'] ?? []
        head.headers['set-cookie'] = [...cookies, `session=${$.session}; Path=/; HttpOnly; SameSite=Lax`]
      })

    .pipeline('upstream')
      .muxHTTP('connection')

    .pipeline('connection')
      .connect(($) => $.address)
}

export default worker(stickySessions, {
  session: { key: (request) => findSession(request.headers.get('cookie')) },
  routes: controlRoutes(),
  sockets,
})
