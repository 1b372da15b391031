import { algo, pipy } from 'sluice'
import { serve } from 'sluice/node'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { MortalUpstream } from '../../end-to-end/support/mortal-upstream.ts'
import { RecordingLog } from '../../support/recording-log.ts'
import { type ForwardedService, ForwardWorker, type TargetWay } from './support/forward-worker.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const NAMES = ['a', 'b', 'c', 'd'] as const
const HOUR_MS = 3_600_000

/** What a client got. */
interface Reply {
  readonly status: number
  /** Who has answered. */
  readonly by: string
  /** The cookie that came with it: `name=value`. */
  readonly cookie: string | undefined
}

type Ask = (cookie?: string) => Promise<Reply>

describe.each<TargetWay>(['fetch', 'tcp'])('a sticky cookie of forward, with targets by %s', (way) => {
  const sticky = { by: 'cookie', secrets: ['the secret of all of them'], ttlMs: HOUR_MS } as const
  let workers: readonly ForwardWorker[]
  let upstreams: readonly MortalUpstream[]
  let count = 0
  /** The same service, in two processes of workerd. */
  let services: readonly ForwardedService[]
  let name: string

  beforeAll(async () => {
    workers = await Promise.all([ForwardWorker.start(way), ForwardWorker.start(way)])
  })

  afterAll(async () => {
    for (const worker of workers ?? []) await worker.dispose()
  })

  beforeEach(async () => {
    upstreams = await Promise.all(NAMES.map((each) => MortalUpstream.start(each, (_, response) => response.end(each))))
    name = `sticky-${++count}`
    const addresses = upstreams.map(({ address }) => address)
    services = await Promise.all(
      // In another order: what a cookie says must not depend on it.
      workers.map((worker, i) => worker.open(i === 0 ? addresses : addresses.toReversed(), { sticky }, name)),
    )
  })

  const upstreamOf = (by: string): MortalUpstream => upstreams[NAMES.indexOf(by as 'a')] as MortalUpstream
  const ask = async (service: ForwardedService | undefined, cookie?: string): Promise<Reply> =>
    readReply(await (service as ForwardedService).ask('/', cookie === undefined ? {} : { headers: { cookie } }))

  /** The same service on Node. */
  async function startNode(others: Partial<algo.StickyByCookie> = {}): Promise<Ask> {
    const targets = upstreams.map(({ address }) => (workers[0] as ForwardWorker).targetOf(address))
    const service = new algo.Service({ name, targets, sticky: { ...sticky, ...others } })
    const proxy = pipy()
      .listen('127.0.0.1:0')
      .demuxHTTP((p) => p.forward(service))
    const server = await serve(proxy, { log: new RecordingLog() })
    onTestFinished(() => server.close())
    const url = `http://127.0.0.1:${server.addresses[0]?.port}/`
    return async (cookie) => readReply(await fetch(url, cookie === undefined ? {} : { headers: { cookie } }))
  }

  test('of one Worker is honoured by another one and by Node, and the other way round', async () => {
    const askNode = await startNode()
    const everywhere: readonly Ask[] = [
      ...services.map((service) => (cookie?: string) => ask(service, cookie)),
      askNode,
    ]
    for (const issue of everywhere) {
      for (let i = 0; i < NAMES.length; i++) {
        const { by, cookie } = await issue()
        expect(cookie).toMatch(/^sluice-target=/)
        for (const show of everywhere) expect(await show(cookie)).toEqual({ status: 200, by, cookie: undefined })
      }
    }
  })

  test('that was tampered with is replaced', async () => {
    const { cookie = '', by } = await ask(services[0])
    const [, target, expiry, signature] = /^sluice-target=(.*)\.(.*)\.(.*)$/.exec(cookie) as RegExpExecArray
    const later = (Number.parseInt(expiry as string, 36) + 1).toString(36)
    const flipped = `${signature?.startsWith('A') === true ? 'B' : 'A'}${signature?.slice(1)}`
    const { cookie: others = '' } = await other(by)
    const [, otherTarget] = /^sluice-target=(.*)\..*\..*$/.exec(others) as RegExpExecArray
    for (const value of [
      `${target}.${later}.${signature}`,
      `${target}.${expiry}.${flipped}`,
      `${otherTarget}.${expiry}.${signature}`,
    ]) {
      for (const service of services) {
        const reply = await ask(service, `sluice-target=${value}`)
        expect(reply).toMatchObject({ status: 200, cookie: expect.stringMatching(/^sluice-target=/) })
        expect(reply.cookie).not.toBe(`sluice-target=${value}`)
      }
    }
  })

  test('that has expired is replaced', async () => {
    const issueLongAgo = await startNode({ now: () => Date.now() - 2 * HOUR_MS })
    const { cookie } = await issueLongAgo()
    for (const service of services) {
      const reply = await ask(service, cookie)
      expect(reply.cookie).toMatch(/^sluice-target=/)
      expect(await ask(services[1], reply.cookie)).toEqual({ status: 200, by: reply.by, cookie: undefined })
    }
  })

  test('of a target that is down is replaced by that of another one, which the client stays with', async () => {
    const first = await ask(services[0])
    await upstreamOf(first.by).kill()
    const second = await ask(services[1], first.cookie)
    expect(second).toMatchObject({ status: 200, cookie: expect.stringMatching(/^sluice-target=/) })
    expect(second.by).not.toBe(first.by)
    await upstreamOf(first.by).revive()
    for (const service of services) {
      expect(await ask(service, second.cookie)).toEqual({ status: 200, by: second.by, cookie: undefined })
    }
  })

  test('keeps many clients at once with their targets while these are healthy, whichever Worker they come to', async () => {
    const clients = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => ({ ...(await ask(services[i % 2])), moves: 0 })),
    )
    const killed = upstreams[0] as MortalUpstream
    const affected = clients.filter(({ by }) => by === killed.name)
    expect(affected.length).toBeGreaterThan(0)
    let asked = 0
    let strays = 0
    const run = async (client: (typeof clients)[number], from: number): Promise<void> => {
      for (let i = 0; i < 10; i++) {
        const reply = await ask(services[(from + i) % 2], client.cookie)
        asked++
        expect(reply.status).toBe(200)
        if (reply.by === client.by) continue
        client.moves++
        if (client.by !== killed.name || killed.isAlive) strays++
        client.by = reply.by
        client.cookie = reply.cookie
      }
    }
    await Promise.all(clients.map(run))
    await killed.kill()
    await Promise.all(clients.map(run))
    expect({ asked, strays }).toEqual({ asked: 800, strays: 0 })
    for (const client of clients) expect(client.moves).toBe(affected.includes(client) ? 1 : 0)
  })

  /** What a client gets that is at another target. */
  async function other(than: string): Promise<Reply> {
    for (;;) {
      const reply = await ask(services[0])
      if (reply.by !== than) return reply
    }
  }
})

async function readReply(answer: Response): Promise<Reply> {
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
  return { status: answer.status, by: await answer.text(), cookie }
}
