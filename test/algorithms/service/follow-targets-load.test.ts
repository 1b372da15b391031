import { expect, test } from 'vitest'
import { followTargets } from '../../../src/algorithms/service/follow-targets.ts'
import type { TargetInit } from '../../../src/algorithms/service/target-init.ts'
import { MemoryTransport } from '../../support/memory-transport.ts'
import { RecordingLog } from '../../support/recording-log.ts'
import { seededRandom } from '../../support/seeded-random.ts'

test('followTargets follows a thousand targets that change every second, and has one timer', async () => {
  const clock = new MemoryTransport()
  const random = seededRandom(7)
  let targets: TargetInit[] = Array.from({ length: 1_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}:80`)
  let last: readonly TargetInit[] = []
  let count = 0
  const source = (): TargetInit[] => {
    targets = targets.map((target) =>
      random() < 0.1 ? `10.1.${(random() * 256) | 0}.${(random() * 256) | 0}:80` : target,
    )
    return targets
  }
  const service = {
    set: (list: readonly TargetInit[]): void => {
      last = list
      count++
    },
  }
  const stop = followTargets(service, source, { clock, log: new RecordingLog(), intervalMs: 1_000 })
  await clock.advance(600_000)
  expect(count).toBe(601)
  expect(last).toBe(targets)
  expect(clock.timerCount).toBe(1)
  stop()
  expect(clock.timerCount).toBe(0)
})
