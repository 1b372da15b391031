import { IttyRouter } from 'itty-router/IttyRouter'
import { isSameSecret } from './is-same-secret.ts'
import { PoolClient, type PoolNamespace } from './pool-client.ts'

/** Where a Worker's control routes are, and who may use them. */
export interface ControlRoutesOptions {
  /** The variable of `env` that has the secret. @default 'SLUICE_SECRET' */
  readonly secret?: string
  /** What the paths begin with. @default '/_sluice' */
  readonly base?: string
  /** The binding of the pool whose objects are asked for their statistics. @default 'SLUICE_POOL' */
  readonly pool?: string
}

/**
 * Answers a request for a control route; undefined for any other one.
 * @param statistics of the Worker
 */
export type ControlRoutes = (
  request: Request,
  env: unknown,
  statistics?: () => unknown,
) => Promise<Response> | undefined

const HEALTH = '/health'
const STATISTICS = '/stats'
const NO_STORE = { 'cache-control': 'no-store' }

/**
 * The control routes of a Worker, for the option `routes` of `worker`: `GET /_sluice/health` answers "ok", and
 * `GET /_sluice/stats` what this isolate, its services and the pool's objects have counted, as JSON. Both ask for the
 * secret, as `Authorization: Bearer …` (RFC 6750 2.1), and answer 401 without it. A Worker that has none set has no control
 * routes: these paths are the proxy's like all others.
 */
export function controlRoutes(options: ControlRoutesOptions = {}): ControlRoutes {
  const { secret: secretName = 'SLUICE_SECRET', base = '/_sluice', pool: poolName = 'SLUICE_POOL' } = options
  const paths = new Set([`${base}${HEALTH}`, `${base}${STATISTICS}`])
  const router = IttyRouter({ base })
  router
    .all('*', authorize)
    .all('*', refuseOtherMethods)
    .all(HEALTH, () => new Response('ok\n', { headers: NO_STORE }))
    .all(STATISTICS, async (_: unknown, { env, statistics }: Call) => {
      const body = { isolate: statistics?.() ?? null, pool: await poolStatistics(env[poolName]) }
      return Response.json(body, { headers: NO_STORE })
    })
  return (request, env, statistics) => {
    const secret = (env as Env | undefined)?.[secretName]
    if (typeof secret !== 'string' || secret === '' || !paths.has(new URL(request.url).pathname)) return undefined
    return router.fetch(request, { env, secret, statistics } as Call)
  }
}

type Env = Readonly<Record<string, unknown>>

interface Call {
  readonly env: Env
  readonly secret: string
  readonly statistics: (() => unknown) | undefined
}

async function authorize(request: { readonly headers: Headers }, { secret }: Call): Promise<Response | undefined> {
  const given = /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (given !== undefined && (await isSameSecret(given, secret))) return undefined
  const headers = { ...NO_STORE, 'www-authenticate': 'Bearer realm="sluice"' }
  return new Response('Unauthorized\n', { status: 401, headers })
}

function refuseOtherMethods({ method }: { readonly method: string }): Response | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined
  return new Response('Method Not Allowed\n', { status: 405, headers: { ...NO_STORE, allow: 'GET, HEAD' } })
}

/** @param binding of the pool; anything else has no statistics */
async function poolStatistics(binding: unknown): Promise<unknown> {
  if (typeof binding !== 'object' || binding === null || !('idFromName' in binding)) return null
  return await new PoolClient(binding as PoolNamespace).statistics()
}
