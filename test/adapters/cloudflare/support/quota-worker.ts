/**
 * A Worker that lets a test use a DurableQuotaStore: POST /take, /give and /reset with the request as JSON; /many asks as often at
 * once as `times` says, /wait answers after `ms`. /proxy is a proxy that counts there, with its message rate at a quota of the name in X-Quota.
 */
import { algo, Message, pipy } from 'sluice'
import { DurableQuotaStore, type QuotaNamespace, SluiceQuota, worker } from 'sluice/cloudflare'

export { SluiceQuota }

/** One that breaks at each call. */
export class BrokenQuota extends SluiceQuota {
  override take(): never {
    throw new Error('the object is broken')
  }
}

/** One that can be ended, as the platform ends those that nobody asks, and that tells how much it has stored. */
export class WatchedQuota extends SluiceQuota {
  end(): void {
    contextOf(this).abort('ended by the test')
  }

  async storedCount(): Promise<number> {
    return (await contextOf(this).storage.list()).size
  }
}

interface ObjectContext {
  readonly storage: { list(): Promise<ReadonlyMap<string, unknown>> }
  abort(reason: string): void
}

/** The tests have no types of Workers. */
function contextOf(object: SluiceQuota): ObjectContext {
  return (object as unknown as { readonly ctx: ObjectContext }).ctx
}

const { scheduler } = globalThis as unknown as { scheduler: { wait(ms: number): Promise<void> } }

interface WatchedStub {
  end(): Promise<void>
  storedCount(): Promise<number>
}

type Env = Readonly<Record<'QUOTA' | 'BROKEN' | 'WATCHED', QuotaNamespace>>
type Asked = algo.QuotaRequest & { readonly times: number; readonly ms: number; readonly binding?: keyof Env }

const proxy = worker((env: Env) => {
  const store = new DurableQuotaStore({ namespace: env.QUOTA })
  const quota = new algo.Quota(3, { perMs: 3_600_000, name: 'proxy', store })
  return pipy()
    .listen(80)
    .demuxHTTP((p) =>
      p.throttleMessageRate(quota, { excess: 'reject' }).replaceMessage(new Message({ status: 200 }, 'passed')),
    )
})

const stores = new Map<string, DurableQuotaStore>()

export default {
  async fetch(request: Request, env: Env, context: never): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/proxy') return await proxy.fetch(request, env as never, context)
    const asked = (await request.json()) as Asked
    const binding = asked.binding ?? 'QUOTA'
    let store = stores.get(binding)
    if (store === undefined) {
      store = new DurableQuotaStore({
        namespace: env[binding],
        whenAway: binding === 'BROKEN' ? 'open' : 'closed',
        timeoutMs: 10_000,
      })
      stores.set(binding, store)
    }
    if (pathname === '/many') {
      const grants = await Promise.all(Array.from({ length: asked.times }, () => store.take(asked)))
      return Response.json(grants.reduce((sum, { taken }) => sum + taken, 0))
    }
    const watched = env.WATCHED.get(env.WATCHED.idFromName(asked.key)) as unknown as WatchedStub
    if (pathname === '/end') return Response.json(await watched.end().catch(String))
    else if (pathname === '/stored') return Response.json(await watched.storedCount())
    else if (pathname === '/wait') await scheduler.wait(asked.ms)
    else if (pathname === '/take') return Response.json(await store.take(asked))
    else if (pathname === '/give') await store.give(asked)
    else await store.reset(asked.key)
    return Response.json(null)
  },
}
