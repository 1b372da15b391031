import type { HealthCheck } from '../../../src/algorithms/service/health-check.ts'
import type { ServiceRuntime } from '../../../src/algorithms/service/service-runtime.ts'
import type { Target } from '../../../src/algorithms/service/target.ts'
import type { Timer } from '../../../src/transport.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** A probe that was asked for and is not over. */
interface AskedProbe {
  readonly address: string
  readonly check: HealthCheck
  readonly signal: AbortSignal
  readonly settle: (failure?: string) => void
}

/** A runtime whose clock is advanced by hand, and whose probes are answered by `answer` or by hand. */
export class ManualRuntime implements ServiceRuntime {
  readonly clock = new VirtualClock()
  readonly random: () => number
  readonly probes: AskedProbe[] = []
  readonly warnings: string[] = []
  /** Answers a probe at once; undefined leaves it open. */
  answer: ((address: string) => 'good' | string | undefined) | undefined

  constructor(seed = 1) {
    this.random = seededRandom(seed)
  }

  now(): number {
    return this.clock.now
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    return this.clock.setTimer(callback, delayMs)
  }

  probe(target: Target, check: HealthCheck, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (failure?: string): void => (failure === undefined ? resolve() : reject(new Error(failure)))
      this.probes.push({ address: target.address, check, signal, settle })
      const answer = this.answer?.(target.address)
      if (answer !== undefined) settle(answer === 'good' ? undefined : answer)
    })
  }

  warn(message: string): void {
    this.warnings.push(message)
  }

  /** Answers the probe of a target that was asked for last. */
  settle(address: string, failure?: string): Promise<void> {
    const probe = this.probes.findLast((one) => one.address === address)
    if (probe === undefined) throw new Error(`nobody has asked for ${address}`)
    probe.settle(failure)
    return this.rest()
  }

  /** Lets what promises cause happen. */
  async rest(): Promise<void> {
    for (let i = 0; i < 20; i++) await Promise.resolve()
  }

  /** Lets time pass, and all that happens in it happen. */
  async advance(timeMs: number): Promise<void> {
    const end = this.clock.now + timeMs
    await this.rest()
    while (this.clock.fireNext(end)) await this.rest()
    this.clock.skipTo(end)
  }
}
