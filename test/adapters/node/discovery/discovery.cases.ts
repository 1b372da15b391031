import { followTargets } from 'sluice/node'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { FindTargets, TargetSource, TargetUpdate } from '../../../../src/algorithms/service/target-source.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { RecordingService } from '../../../support/recording-service.ts'

vi.setConfig({ testTimeout: 20_000 })

/** A source with the world that it looks at, which the test changes. */
export interface SourceUnderTest {
  readonly source: TargetSource
  /** The world has these targets from now on, in this order. */
  set(addresses: readonly string[]): Promise<void> | void
  /** From now on there is no good list to be had, whatever is set. */
  fail(): Promise<void> | void
  /** What was set last can be had again. */
  mend(): Promise<void> | void
}

const A = '10.0.0.1:8080'
const B = '10.0.0.2:8080'
const C = '10.0.0.3:8080'

/**
 * What every source of targets promises: the suite runs it over real files and sockets, with short times.
 * @param start makes a world of its own for each test
 */
export function discoveryCases(name: string, start: () => Promise<SourceUnderTest>): void {
  const follow = (world: SourceUnderTest, allowsEmpty = false) => {
    const service = new RecordingService('web')
    const log = new RecordingLog()
    const retry = { minRetryMs: 5, maxRetryMs: 20 }
    const counted = countAnswers(world.source)
    const stop = followTargets(service, counted.source, { log, allowsEmpty, intervalMs: 5, ...retry })
    onTestFinished(() => stop())
    return { service, log, stop, answers: counted.answers }
  }

  describe(`as a source of targets, ${name}`, () => {
    test('gives the first list', async () => {
      const world = await start()
      await world.set([A, B])
      const { service, log, stop } = follow(world)
      await stop.first
      expect(service.addresses).toEqual([[A, B]])
      expect(log.entries).toEqual([])
    })

    test('gives each change: more, fewer, others', async () => {
      const world = await start()
      await world.set([A])
      const { service, log } = follow(world)
      for (const [index, list] of [[A], [A, B, C], [B], [A, C]].entries()) {
        if (index > 0) await world.set(list)
        await service.got(index + 1)
        expect(service.addresses.at(-1)).toEqual(list)
      }
      expect(log.entries).toEqual([])
    })

    test('gives nothing when only the order is another one', async () => {
      const world = await start()
      await world.set([A, B, C])
      const { service, answers } = follow(world)
      await service.got(1)
      // Of a source that asks, one answer may be under way already.
      for (const list of [
        [C, A, B],
        [B, C, A],
      ]) {
        const before = answers()
        await world.set(list)
        await vi.waitFor(() => expect(answers()).toBeGreaterThan(before))
      }
      await world.set([A, B])
      await service.got(2)
      expect(service.addresses).toEqual([
        [A, B, C],
        [A, B],
      ])
    })

    test('keeps the last list while it fails, says so once, and goes on when it can', async () => {
      const world = await start()
      await world.set([A])
      const { service, log } = follow(world)
      await service.got(1)
      await world.fail()
      await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1), { timeout: 10_000 })
      await world.mend()
      await vi.waitFor(() => expect(log.messages('info')).toHaveLength(1), { timeout: 10_000 })
      expect(service.addresses).toEqual([[A]])
      await world.set([B])
      await service.got(2)
      expect(service.addresses).toEqual([[A], [B]])
      expect(log.messages('warn').filter((text) => !text.includes('the last list stays, 1 target'))).toEqual([])
    })

    test('begins when it can, if it could not at first', async () => {
      const world = await start()
      await world.set([A])
      await world.fail()
      const { service, log } = follow(world)
      await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1), { timeout: 10_000 })
      expect(log.messages('warn')[0]).toContain('there is no list yet')
      await world.mend()
      await service.got(1)
      expect(service.addresses).toEqual([[A]])
    })

    test('has an empty list refused, and taken where that is allowed', async () => {
      const world = await start()
      await world.set([A])
      const careful = follow(world)
      const obedient = follow(world, true)
      await Promise.all([careful.service.got(1), obedient.service.got(1)])
      await world.set([])
      await obedient.service.got(2)
      await vi.waitFor(() => expect(careful.log.messages('warn')).toHaveLength(1))
      expect(obedient.service.addresses).toEqual([[A], []])
      expect(careful.service.addresses).toEqual([[A]])
      expect(careful.log.messages('warn')[0]).toContain('the list is empty')
    })

    test('gives nothing more when it was stopped', async () => {
      const world = await start()
      await world.set([A])
      const stopped = follow(world)
      const other = follow(world)
      await Promise.all([stopped.service.got(1), other.service.got(1)])
      stopped.stop()
      await world.set([B])
      await other.service.got(2)
      expect(stopped.service.addresses).toEqual([[A]])
      expect(stopped.log.entries).toEqual([])
    })

    test('says in a message what it is', async () => {
      const world = await start()
      await world.fail()
      const { log } = follow(world)
      await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1), { timeout: 10_000 })
      expect(world.source.description).toMatch(/\w/)
      expect(log.messages('warn')[0]).toContain(`of service "web" from ${world.source.description}`)
    })
  })
}

/** The same source, and how often it has given something. */
function countAnswers(source: TargetSource): { source: TargetSource; answers: () => number } {
  if (typeof source !== 'function') throw new Error('The sources of this suite are functions')
  let count = 0
  async function* counted(updates: AsyncIterable<TargetUpdate>): AsyncGenerator<TargetUpdate> {
    for await (const update of updates) {
      yield update
      count++
    }
  }
  const find: FindTargets = (signal) => {
    const answer = source(signal)
    if (typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer) return counted(answer)
    return Promise.resolve(answer).finally(() => count++)
  }
  const { description } = source
  return { source: Object.assign(find, description === undefined ? {} : { description }), answers: () => count }
}
