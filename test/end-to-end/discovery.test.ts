import { algo, pipy, type ProxyDefinition } from 'sluice'
import { dnsTargets, followTargets, serve } from 'sluice/node'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { FollowingService } from '../../src/algorithms/service/follow-targets.ts'
import { DnsServer } from '../support/dns-server.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { HttpClient } from './support/http-client.ts'
import { Upstream } from './support/upstream.ts'

vi.setConfig({ testTimeout: 30_000 })

const NAME = '_http._tcp.web.example'
const CLIENTS = 8
const CHANGES = 40

interface Balanced {
  readonly service: FollowingService
  readonly proxy: ProxyDefinition
}

/** The parts that a user may put together. */
function withBalancer(): Balanced {
  const balancer = new algo.RoundRobinLoadBalancer()
  const set: FollowingService['set'] = (targets) => {
    const weights = targets.map((target) =>
      typeof target === 'string' ? [target, 1] : [target.address, target.weight ?? 1],
    )
    balancer.set(Object.fromEntries(weights) as Record<string, number>)
  }
  const proxy = pipy({ target: '' })
    .listen('127.0.0.1:0')
    .demuxHTTP('request')
    .pipeline('request')
    .handleMessageStart((_, $) => {
      $.target = balancer.select() ?? ''
    })
    .muxHTTP('connection', ($) => $.target)
    .pipeline('connection')
    .connect(($) => $.target)
  return { service: { set }, proxy: proxy as unknown as ProxyDefinition }
}

/** A service and the filter that is made for it. */
function withService(): Balanced {
  const service = new algo.Service({ name: 'web', targets: [] })
  const proxy = pipy().listen('127.0.0.1:0').demuxHTTP('request').pipeline('request').forward(service)
  return { service, proxy: proxy as unknown as ProxyDefinition }
}

test.each([
  ['a RoundRobinLoadBalancer', withBalancer],
  ['a Service and forward', withService],
] as const)(
  'requests go where DNS says through %s, and none is lost while it says otherwise again and again',
  async (_, create) => {
    const dns = await DnsServer.start()
    const upstreams = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (name) => [name, await Upstream.start(name)] as const),
    )
    for (const [name] of upstreams) dns.set('A', name, [{ address: '127.0.0.1', ttl: 0 }])
    const say = (names: readonly string[]): void => {
      const chosen = upstreams.filter(([name]) => names.includes(name))
      dns.set(
        'SRV',
        NAME,
        chosen.map(([name, { port }]) => ({ target: name, port, weight: 1 })),
      )
    }
    const { service, proxy } = create()
    /** What was in force, in order; the last one is. */
    const epochs: string[][] = []
    const wakes: (() => void)[] = []
    const watched: FollowingService = {
      set: (targets) => {
        service.set(targets)
        epochs.push(
          targets.map((target) => (typeof target === 'string' ? '' : (target.metadata?.['name'] ?? ''))).sort(),
        )
        for (const wake of wakes.splice(0)) wake()
      },
    }
    const reached = async (count: number): Promise<void> => {
      while (epochs.length < count) await new Promise<void>((resolve) => wakes.push(resolve))
    }

    say(['a'])
    const log = new RecordingLog()
    const stop = followTargets(watched, dnsTargets(NAME, { servers: [dns.address], minIntervalMs: 5 }), { log })
    onTestFinished(() => stop())
    await stop.first
    const server = await serve(proxy, { log })
    onTestFinished(() => server.close())

    let isOver = false
    let count = 0
    const seen = new Set<string>()
    const send = async (): Promise<void> => {
      const client = await HttpClient.connect(server.addresses[0]?.port as number)
      while (!isOver) {
        const from = epochs.length - 1
        const { status, body } = await client.get('/x')
        const allowed = epochs.slice(from).flat()
        expect({ status, isAllowed: allowed.includes(body.split(' ')[0] ?? '') }, body).toEqual({
          status: 200,
          isAllowed: true,
        })
        seen.add(body)
        count++
      }
    }
    const clients = Promise.all(Array.from({ length: CLIENTS }, send))
    for (let change = 1; change <= CHANGES; change++) {
      const names = ['a', 'b', 'c', 'd'].filter((_, bit) => (((change * 7) % 15) + 1) & (1 << bit))
      const isOther = JSON.stringify(names) !== JSON.stringify(epochs.at(-1))
      const before = epochs.length
      say(names)
      if (isOther) await Promise.race([reached(before + 1), clients])
      expect(epochs.at(-1)).toEqual(names)
      const served = count
      await Promise.race([
        vi.waitFor(() => expect(count).toBeGreaterThan(served + 2 * CLIENTS), { interval: 1 }),
        clients,
      ])
    }
    isOver = true
    await clients
    expect([...seen].sort()).toEqual(['a', 'b', 'c', 'd'].map((name) => `${name} GET /x`))
    expect(upstreams.reduce((sum, [, { requests }]) => sum + requests.length, 0)).toBe(count)
    expect(log.messages('warn')).toEqual([])
  },
)
