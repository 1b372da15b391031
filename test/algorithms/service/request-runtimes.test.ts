import { expect, test } from 'vitest'
import { Service } from '../../../src/algorithms/service/service.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { ManualRuntime } from './manual-runtime.ts'

const CHECK = { type: 'http', path: '/ok', intervalMs: 1_000, jitter: 0, timeoutMs: 300 } as const
const LATER_MS = 1_000_000

/** A runtime that belongs to one request; all of them share a clock. */
class RequestRuntime extends ManualRuntime {
  readonly isOfRequest = true
  override readonly clock: VirtualClock

  constructor(clock = new VirtualClock()) {
    super()
    this.clock = clock
  }
}

function openService(targets: readonly string[] = ['a:1']): Service {
  return new Service({ targets, health: { check: CHECK, passive: { maxFails: 1, failWindowMs: 500 } } })
}

test('a request sets timers for itself alone: none in the turn of another one', async () => {
  const service = new Service({ targets: ['a:1'], health: { passive: { maxFails: 1, failWindowMs: 500 } } })
  const [first, second] = [new RequestRuntime(), new RequestRuntime()]
  service.attach(first)
  const leave = service.attach(second)
  const target = service.pick()
  if (target === undefined) throw new Error('no target')
  service.begin(target)
  service.end(target, { kind: 'reset', latencyMs: 1 })
  leave()
  expect([first.clock.timerCount, second.clock.timerCount]).toEqual([0, 0])
})

test('what became due is done at the next pick', () => {
  const service = new Service({ targets: ['a:1', 'b:1'], health: { passive: { maxFails: 1, failWindowMs: 500 } } })
  const runtime = new RequestRuntime()
  service.attach(runtime)
  const target = service.find('a:1')
  if (target === undefined) throw new Error('no target')
  service.begin(target)
  service.end(target, { kind: 'reset', latencyMs: 1 })
  expect(target.state).toBe('unhealthy')
  runtime.clock.skipTo(501)
  service.pick()
  expect(target.state).toBe('healthy')
})

test('a check that is due begins with a request that is there, and with no pick of another one', async () => {
  const service = openService()
  const clock = new VirtualClock()
  const [first, second] = [new RequestRuntime(clock), new RequestRuntime(clock)]
  service.attach(first)
  service.attach(second)
  service.pick()
  service.admit()
  expect([first.probes.length, second.probes.length]).toEqual([0, 0])
  await first.advance(0)
  expect(first.probes.length + second.probes.length).toBe(1)
})

test('a request that comes keeps the times of the checks, and does not give up those of others', async () => {
  const service = openService(['a:1', 'b:1'])
  const clock = new VirtualClock()
  const first = new RequestRuntime(clock)
  const leave = service.attach(first)
  await first.advance(0)
  await first.settle('a:1')
  const second = new RequestRuntime(clock)
  service.attach(second)
  await second.advance(100)
  expect([first.probes.map(({ signal }) => signal.aborted), second.probes]).toEqual([[true, false], []])
  await first.settle('b:1')
  expect(service.statistics).toMatchObject({ checks: 2, failedChecks: 0 })
  leave()
  await second.advance(1_000)
  expect(second.probes.map(({ address }) => address)).toEqual(['a:1', 'b:1'])
})

test('a check ends with the request that has begun it, says nothing, and begins again with the next one', async () => {
  const service = openService()
  const clock = new VirtualClock()
  for (let i = 1; i <= 3; i++) {
    const runtime = new RequestRuntime(clock)
    const leave = service.attach(runtime)
    await runtime.advance(0)
    expect(runtime.probes).toHaveLength(1)
    leave()
    expect(runtime.probes[0]?.signal.aborted).toBe(true)
    await runtime.settle('a:1', 'it was given up')
    clock.skipTo(i * LATER_MS)
  }
  expect(service.statistics).toMatchObject({ checks: 0, failedChecks: 0 })
  expect(service.find('a:1')?.state).toBe('healthy')
  expect(clock.timerCount).toBe(0)
})

test('checks that wait for others to end begin again too when these end with their request', async () => {
  const service = new Service({ targets: ['a:1', 'b:1', 'c:1'], health: { check: CHECK, maxConcurrentChecks: 1 } })
  const clock = new VirtualClock()
  const first = new RequestRuntime(clock)
  const leave = service.attach(first)
  await first.advance(0)
  expect(first.probes).toHaveLength(1)
  leave()
  const second = new RequestRuntime(clock)
  second.answer = () => 'good'
  service.attach(second)
  await second.advance(0)
  expect(service.statistics.checks).toBe(3)
})

test('a target that is taken out is not touched in the connections of another request', async () => {
  const service = openService(['a:1', 'b:1'])
  const runtime = new RequestRuntime()
  service.attach(runtime)
  await runtime.advance(0)
  service.set(['b:1'])
  expect(runtime.probes.map(({ signal }) => signal.aborted)).toEqual([false, false])
  await runtime.settle('b:1')
  await runtime.advance(300)
  expect(runtime.probes[0]?.signal.aborted).toBe(true)
  expect(service.statistics).toMatchObject({ checks: 1, failedChecks: 0 })
})

test('a check of a request that was ended without a word is taken for lost, and says nothing', async () => {
  const service = openService()
  const [lost, other] = [new RequestRuntime(), new RequestRuntime()]
  service.attach(lost)
  await lost.advance(0)
  expect(lost.probes).toHaveLength(1)
  service.attach(other)
  await other.advance(599)
  expect(other.probes).toHaveLength(0)
  await other.advance(1)
  expect(other.probes).toHaveLength(1)
  await other.settle('a:1')
  expect(lost.probes[0]?.signal.aborted).toBe(false)
  expect(service.statistics).toMatchObject({ checks: 1, failedChecks: 0 })
})
