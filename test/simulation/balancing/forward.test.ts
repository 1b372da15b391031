import { expect, test } from 'vitest'
import type { BalancerName } from '../../../src/algorithms/balancers/create-balancer.ts'
import { ForwardedWorld } from './forwarded-world.ts'
import { SCENARIOS } from './scenarios.ts'

const RETRY = { attempts: 2, perTryTimeoutMs: 1_000, on: ['connect-failure', 'reset', 'timeout', 500, 503] } as const

interface Play {
  readonly requests: number
  /** @default 0.6 */
  readonly load?: number
  /** @default 1 */
  readonly seed?: number
}

async function play(
  name: string,
  balancer: BalancerName,
  { requests, load = 0.6, seed = 1 }: Play,
): Promise<ForwardedWorld> {
  const world = new ForwardedWorld({
    seed,
    targets: 10,
    requests,
    load,
    service: { balancer, retry: RETRY, slowStartMs: 1_000, outlier: { baseEjectionMs: 1_000, maxEjectedShare: 0.3 } },
  })
  SCENARIOS.find((scenario) => scenario.name === name)?.prepare(world)
  await world.run()
  expect(world.wrongAnswers).toBe(0)
  expect(world.ledger.requests).toBe(requests)
  expect(world.loggedErrors).toEqual([])
  return world
}

test.each(['rolling-restart', 'killed-in-turn'])(
  'forward loses nothing in %s, on connections',
  async (name) => {
    const { ledger, servers, service } = await play(name, 'power-of-two', { requests: 1_500, load: 0.3 })
    expect(ledger.errors).toBe(0)
    expect(service.statistics.active).toBe(0)
    const tries = servers.reduce((sum, { received }) => sum + received, 0)
    expect(tries).toBeGreaterThanOrEqual(1_500)
  },
  60_000,
)

test('forward with power of two and least time beats round robin at p99 with one slow target, on connections', async () => {
  const turns = await play('one-slow', 'round-robin', { requests: 600 })
  for (const balancer of ['power-of-two', 'least-time'] as const) {
    const world = await play('one-slow', balancer, { requests: 600 })
    expect(world.ledger.percentile(99)).toBeLessThan(turns.ledger.percentile(99))
    expect(world.servers[0]?.received).toBeLessThan((turns.servers[0]?.received ?? 0) / 2)
  }
}, 60_000)

test('forward does the same for the same seed, and something else for another', async () => {
  const playOnce = async (seed: number): Promise<unknown> => {
    const { ledger, servers } = await play('flapping', 'least-time', { requests: 200, seed })
    return { seconds: ledger.seconds, p99: ledger.percentile(99), received: servers.map(({ received }) => received) }
  }
  const first = await playOnce(1)
  expect(await playOnce(1)).toEqual(first)
  expect(await playOnce(2)).not.toEqual(first)
}, 60_000)
