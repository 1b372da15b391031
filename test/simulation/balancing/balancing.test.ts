import { describe, expect, test } from 'vitest'
import { BALANCER_NAMES, type BalancerName } from '../../../src/algorithms/balancers/create-balancer.ts'
import { GUARDS, MAX_EJECTED_SHARE } from './guards.ts'
import { plotLatencies } from './plot-latencies.ts'
import { plotStorms } from './plot-storms.ts'
import { runScenario, type ScenarioResult, type ScenarioRun } from './run-scenario.ts'
import { DEFENCES, runStorm, type StormRun } from './run-storm.ts'
import { SCENARIOS } from './scenarios.ts'
import { World } from './world.ts'

/** Half a minute. */
const REQUESTS_PER_TARGET = 400

function runOf(name: string, balancer: BalancerName, options: Partial<ScenarioRun> = {}): ScenarioRun {
  const scenario = SCENARIOS.find((one) => one.name === name)
  if (scenario === undefined) throw new Error(`Cannot play "${name}": there is no such scenario`)
  const { targets = 20 } = options
  return { scenario, balancer, isGuarded: false, targets, requests: targets * REQUESTS_PER_TARGET, seed: 1, ...options }
}

function play(name: string, balancer: BalancerName, options?: Partial<ScenarioRun>): Promise<ScenarioResult> {
  return runScenario(runOf(name, balancer, options))
}

function stormOf(name: string, load = 0.8): StormRun {
  const defence = DEFENCES.find((one) => one.name === name)
  if (defence === undefined) throw new Error(`Cannot play a storm with "${name}": there is no such defence`)
  return { defence, load, targets: 20, requests: 20_000, seed: 1 }
}

describe('With one slow target', () => {
  test.each([1, 2, 3])('of ten power of two and least time beat round robin at p99, seed %i', async (seed) => {
    const options = { targets: 10, seed }
    const turns = await play('one-slow', 'round-robin', options)
    for (const balancer of ['power-of-two', 'least-time'] as const) {
      expect((await play('one-slow', balancer, options)).p99Ms).toBeLessThan(turns.p99Ms)
    }
  })

  test('of a hundred least time beats round robin at p99.9 by half', async () => {
    const turns = await play('one-slow', 'round-robin', { targets: 100 })
    const time = await play('one-slow', 'least-time', { targets: 100 })
    expect(time.p999Ms).toBeLessThan(turns.p999Ms / 2)
    expect(time.firstShare).toBeLessThan(0.2)
    expect(turns.firstShare).toBeGreaterThan(0.9)
  })
})

test.each(BALANCER_NAMES)('A rolling restart loses nothing with %s', async (balancer) => {
  const { errors, requests } = await play('rolling-restart', balancer)
  expect(requests).toBe(8_000)
  expect(errors).toBe(0)
})

test('Checks and ejection keep least connections from what fails at once', async () => {
  const alone = await play('crashed', 'least-connections')
  const guarded = await play('crashed', 'least-connections', { isGuarded: true })
  expect(alone.errors).toBeGreaterThan(0.1 * alone.requests)
  expect(guarded.errors).toBeLessThan(0.002 * guarded.requests)
  expect(guarded.p99Ms).toBeLessThan(500)
})

test.each(BALANCER_NAMES)('The ejected share never exceeds its maximum in a brown-out, with %s', async (balancer) => {
  const { largestEjectedShare, ejections } = await play('brown-out', balancer, { isGuarded: true })
  expect(ejections).toBeGreaterThan(0)
  expect(largestEjectedShare).toBeLessThanOrEqual(MAX_EJECTED_SHARE)
})

test('A hot key drowns its target unless loads are bounded', async () => {
  const bounded = await play('hot-key', 'consistent-hash')
  const maglev = await play('hot-key', 'maglev')
  expect(bounded.errors).toBe(0)
  expect(maglev.errors).toBeGreaterThan(100)
})

describe('In a retry storm', () => {
  test.each(['budget-10', 'budget-20'])('%s holds tries down to its share, and all is well again', async (name) => {
    const run = stormOf(name)
    const { worstAmplification, recoverySeconds, perSecond } = await runStorm(run)
    const share = run.defence.service(run.targets).retry?.budget?.share ?? 0.2
    expect(worstAmplification).toBeGreaterThan(1)
    expect(worstAmplification).toBeLessThanOrEqual(1 + share + 10 / perSecond)
    expect(recoverySeconds).toBeLessThan(Number.POSITIVE_INFINITY)
  })

  test('retries without a budget are several times the requests, and the service stays down', async () => {
    const { worstAmplification, recoverySeconds } = await runStorm(stormOf('unlimited'))
    expect(worstAmplification).toBeGreaterThan(3)
    expect(recoverySeconds).toBe(Number.POSITIVE_INFINITY)
  })

  test('a limit of requests under way loses a small part of what a budget alone does', async () => {
    const limited = await runStorm(stormOf('limited', 0.9))
    const alone = await runStorm(stormOf('budget-20', 0.9))
    expect(limited.errors).toBeLessThan(alone.errors / 4)
    expect(limited.recoverySeconds).toBeLessThan(15)
  })
})

test('runScenario and runStorm give the same for the same seed, and something else for another', async () => {
  for (const balancer of BALANCER_NAMES) {
    for (const name of ['killed-in-turn', 'brown-out']) {
      const options = { requests: 1_500, isGuarded: true }
      const first = await play(name, balancer, options)
      expect(await play(name, balancer, options)).toEqual(first)
      expect(await play(name, balancer, { ...options, seed: 2 })).not.toEqual(first)
    }
  }
  const storm = { ...stormOf('budget-20'), requests: 5_000 }
  expect(await runStorm(storm)).toEqual(await runStorm(storm))
})

test('World loses no request, and its service counts what its ledger counts', async () => {
  const world = new World({
    seed: 7,
    targets: 20,
    requests: 8_000,
    load: 0.9,
    service: { balancer: 'random', ...GUARDS },
  })
  world.at(0.2, () => world.servers[3]?.crash('silent'))
  world.at(0.4, () => world.servers[4]?.crash('refusing'))
  world.at(0.6, () => world.servers[3]?.start())
  await world.run()
  const { ledger, service, servers } = world
  const { statistics } = service
  expect(ledger.requests).toBe(8_000)
  expect(ledger.answered + ledger.errors).toBe(8_000)
  expect(ledger.tries).toBeGreaterThan(8_000)
  expect(statistics).toMatchObject({
    requests: ledger.tries,
    retries: ledger.tries - 8_000,
    active: 0,
    activeRetries: 0,
  })
  expect(servers.reduce((sum, { received }) => sum + received, 0)).toBe(ledger.tries)
  const { state } = service.targets.find(({ address }) => address === servers[4]?.address) ?? {}
  expect(state).toBe('unhealthy')
})

test('plotLatencies and plotStorms draw each figure, and none that is no number', async () => {
  const run = runOf('healthy', 'random', { targets: 10 })
  const latencies = plotLatencies([{ title: 'a < b', runs: [{ ...run, ...(await runScenario(run)) }] }])
  expect(latencies.match(/<circle/g)).toHaveLength(3 + 3)
  expect(latencies).toContain('a &lt; b')
  const storm = { ...stormOf('none'), requests: 10_000 }
  const storms = plotStorms([{ ...storm, ...(await runStorm(storm)) }])
  expect(storms.match(/class="line /g)).toHaveLength(DEFENCES.length + 1)
  expect(latencies + storms).not.toMatch(/NaN|Infinity|undefined/)
  expect(storms).toContain('prefers-color-scheme:dark')
})
