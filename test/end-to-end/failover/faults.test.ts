import type { algo } from 'sluice'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { otherNodes } from '../support/node-executables.ts'
import { failOne } from './acts/fail-one.ts'
import { haltOne } from './acts/halt-one.ts'
import { hurtThree } from './acts/hurt-three.ts'
import { killAll } from './acts/kill-all.ts'
import { killOne } from './acts/kill-one.ts'
import { replaceAll } from './acts/replace-all.ts'
import { restartAll } from './acts/restart-all.ts'
import type { ActReport } from './act-report.ts'
import { FailoverWorld } from './failover-world.ts'
import { quickService } from './quick-service.ts'
import { summarizeAct } from './summarize-act.ts'
import { UpstreamGroup } from './upstream-group.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const TAKEN_OUT = 3

let upstreams: UpstreamGroup
let world: FailoverWorld

beforeAll(async () => {
  upstreams = await UpstreamGroup.start()
  world = await FailoverWorld.start(upstreams)
})

afterAll(async () => {
  const code = await world.stop()
  await upstreams.stop()
  expect(code).toBe(0)
})

describe('forward loses no request that may be sent twice, and sends none that may not', () => {
  test('when one of ten upstreams is killed; its target comes back when it is started again', async () => {
    const report = await killOne(world)
    expectNothingLost(report)
    expect(report.retries).toBeGreaterThan(0)
    expect(summarizeAct(report).ejectMs.worst).toBeLessThan(5000)
  })

  test('when one stands still with its connections open; its target comes back when it goes on', async () => {
    const report = await haltOne(world)
    expectNothingLost(report)
    expect(report.retries).toBeGreaterThan(0)
    expect(summarizeAct(report).ejectMs.worst).toBeLessThan(5000)
  })

  test('when one answers 500 for a while; its target comes back when its ejection is over', async () => {
    const report = await failOne(world)
    expectNothingLost(report)
    expect(report.retries).toBeGreaterThan(0)
    // Its own answers to what may not be sent twice.
    const own = report.failedPosts.filter(({ status }) => status === 500)
    expect(own.filter(({ upstream }) => upstream !== report.faults[0]?.address)).toEqual([])
  })

  test('when all three happen at the same time', async () => {
    const report = await hurtThree(world)
    expectNothingLost(report)
    expect(report.faults.length).toBe(3)
  })

  test.each(['finish', 'kill'] as const)('when all ten are started anew in turn: %s', async (how) => {
    const report = await restartAll(world, how)
    expectNothingLost(report)
    expect(report.faults.length).toBe(upstreams.all.length)
  })
})

test.each(otherNodes)(
  'forward loses nothing on Node $major either, when all three happen at once',
  async ({ file }) => {
    const other = await FailoverWorld.start(upstreams, { nodeFile: file })
    onTestFinished(async () => void (await other.stop()))
    expectNothingLost(await hurtThree(other))
  },
)

test('Service.set lets what is under way finish: upstreams that are taken out before they are killed cost no request', async () => {
  // Nothing has to be sent again, not even for being slow.
  const patient = await FailoverWorld.start(upstreams, { service: quickService(5000) })
  onTestFinished(async () => void (await patient.stop()))
  const report = await replaceAll(patient, 0, TAKEN_OUT)
  expectNothingLost(report)
  expect(report.failedPosts).toEqual([])
  expect(report.retries).toBe(0)
  expect(report.faults.length).toBe(TAKEN_OUT)
})

test('a service whose targets are all gone answers for itself, keeps to its budget of retries, and takes them back', async () => {
  const { requests: requestsBefore } = await world.statistics()
  const { lost, mixed, repeatedPosts, statistics, faults, records, retries } = await killAll(world)
  const seconds = ((records.at(-1)?.endedMs ?? 0) - (records[0]?.sentMs ?? 0)) / 1000
  expect(lost.filter(({ status }) => status < 502 || status > 504)).toEqual([])
  expect(mixed).toEqual([])
  expect(repeatedPosts).toEqual([])
  expect(faults.length).toBe(upstreams.all.length)
  // A fifth of the requests of ten seconds, and ten in each second in any case.
  expect(retries).toBeLessThanOrEqual(0.2 * (records.length + requestsBefore) + 10 * (seconds + 1))
  expectAtRest(statistics)
})

function expectNothingLost({ lost, mixed, repeatedPosts, records, statistics }: ActReport): void {
  expect(lost).toEqual([])
  expect(mixed).toEqual([])
  expect(repeatedPosts).toEqual([])
  expect(records.length).toBeGreaterThan(600)
  expectAtRest(statistics)
}

/** Whoever has begun has ended. */
function expectAtRest(statistics: algo.ServiceStatistics | undefined): void {
  expect(statistics).toMatchObject({ active: 0, pending: 0, activeRetries: 0, draining: [] })
  expect(statistics?.targets.filter(({ active }) => active !== 0)).toEqual([])
}
