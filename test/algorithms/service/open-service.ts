import { Service } from '../../../src/algorithms/service/service.ts'
import type { ServiceOptions } from '../../../src/algorithms/service/service-options.ts'
import type { Outcome } from '../../../src/algorithms/service/outcome.ts'
import type { Target } from '../../../src/algorithms/service/target.ts'
import { ManualRuntime } from './manual-runtime.ts'

export interface OpenedService {
  readonly service: Service
  readonly runtime: ManualRuntime
  /** `address: from > to`, and why. */
  readonly changes: string[]
  readonly reasons: string[]
  readonly detach: () => void
  target(address: string): Target
  /** A request to a target from beginning to end. */
  serve(address: string, outcome: Outcome | number): void
}

/** A service that is attached to a runtime whose clock stands still. */
export function openService(options: ServiceOptions, runtime = new ManualRuntime()): OpenedService {
  const changes: string[] = []
  const reasons: string[] = []
  const service = new Service(options)
  service.subscribe(({ target, from, to, reason }) => {
    changes.push(`${target.address}: ${from} > ${to}`)
    reasons.push(reason)
  })
  const detach = service.attach(runtime)
  const target = (address: string): Target => {
    const found = service.find(address)
    if (found === undefined) throw new Error(`no target ${address}`)
    return found
  }
  const serve = (address: string, outcome: Outcome | number): void => {
    const one = target(address)
    service.begin(one)
    service.end(one, typeof outcome === 'number' ? { kind: 'answered', status: outcome, latencyMs: 1 } : outcome)
  }
  return { service, runtime, changes, reasons, detach, target, serve }
}

/** `n` addresses: `t0:80`, `t1:80`. */
export function addresses(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `t${i}:80`)
}
