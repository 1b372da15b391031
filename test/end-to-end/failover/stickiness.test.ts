import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { keepClients } from './acts/keep-clients.ts'
import { killOne } from './acts/kill-one.ts'
import { FailoverWorld, type FailoverWorldOptions } from './failover-world.ts'
import { reportStickiness } from './sticky-report.ts'
import { STICKY_WORLDS } from './sticky-worlds.ts'
import { UpstreamGroup } from './upstream-group.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let upstreams: UpstreamGroup

beforeAll(async () => {
  upstreams = await UpstreamGroup.start()
})

afterAll(async () => {
  await upstreams.stop()
})

test.each([
  ['by cookie', 'cookie', 1],
  ['by connection', 'connection', 1],
  ['by connections of their own', 'session checkout', 1],
  ['by cookie, in two workers that understand the cookies of each other', 'cookie', 2],
] as const)(
  'forward keeps clients on their targets while these are healthy, and on one other when one is killed: %s',
  async (_, by, workers) => {
    const world = await startWorld({ ...STICKY_WORLDS[by], workers })
    const report = await keepClients(world, by)
    const { strays, movesByClient, affectedClients } = reportStickiness(report, world.states)
    expect(report.lost).toEqual([])
    expect(report.mixed).toEqual([])
    expect(strays).toEqual([])
    expect(affectedClients.size).toBeGreaterThan(0)
    // Each of them has moved, nobody else has, and nobody twice.
    expect([...movesByClient].sort()).toEqual([...affectedClients].map((client) => [client, 1]).sort())
  },
)

test('clients of a service without stickiness stray, and the act counts it', async () => {
  const world = await startWorld({})
  const report = await keepClients(world, 'cookie')
  expect(report.lost).toEqual([])
  expect(reportStickiness(report, world.states).strays.length).toBeGreaterThan(100)
})

test('a proxy that only takes turns loses requests when an upstream is killed, and the act counts them', async () => {
  const world = await startWorld({ proxy: 'round-robin' })
  const { lost, mixed } = await killOne(world)
  expect(lost.length).toBeGreaterThan(10)
  expect(lost.filter(({ status }) => status !== 502)).toEqual([])
  expect(mixed).toEqual([])
})

async function startWorld(options: FailoverWorldOptions): Promise<FailoverWorld> {
  const world = await FailoverWorld.start(upstreams, options)
  onTestFinished(async () => void (await world.stop()))
  return world
}
