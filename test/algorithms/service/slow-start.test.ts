import { expect, test } from 'vitest'
import { Agenda } from '../../../src/algorithms/service/agenda.ts'
import { SlowStart } from '../../../src/algorithms/service/slow-start.ts'
import { RoundRobinBalancer } from '../../../src/algorithms/balancers/round-robin-balancer.ts'
import { Target } from '../../../src/algorithms/service/target.ts'
import { TargetLevel } from '../../../src/algorithms/service/target-level.ts'
import { seededRandom } from '../../support/seeded-random.ts'

test('SlowStart is over at its end, however the times of the clock are rounded', () => {
  const random = seededRandom(1)
  for (let run = 0; run < 1_000; run++) {
    const agenda = new Agenda()
    let steps = 0
    const slowStart = new SlowStart(agenda, 3_000, () => void steps++)
    const target = new Target(
      { address: 'a:1', weight: 1, priority: 0, metadata: {} },
      new TargetLevel(0, new RoundRobinBalancer(), 1),
    )
    // Divided by 3, so that all bits of the number are used.
    const startMs = (random() * 100_000) / 3
    slowStart.begin(target, startMs)
    while (agenda.nextMs < Number.POSITIVE_INFINITY && steps < 100) agenda.run(agenda.nextMs)
    expect(target.startShare, `begun at ${startMs}`).toBe(1)
    expect(steps).toBeLessThanOrEqual(21)
  }
})
