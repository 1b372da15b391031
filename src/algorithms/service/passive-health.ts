import type { Agenda, AgendaEntry } from './agenda.ts'
import type { TargetGroup } from './target-group.ts'
import type { Target } from './target.ts'

/** The options of passive health, with everything filled in. */
export interface PassiveSettings {
  readonly maxFails: number
  readonly failWindowMs: number
  readonly statuses: ReadonlySet<number>
}

interface Failures {
  count: number
  sinceMs: number
  end: AgendaEntry | undefined
}

/** Leaves targets alone for a while at which requests failed, as nginx does with `max_fails` and `fail_timeout`. */
export class PassiveHealth {
  readonly #settings: PassiveSettings
  readonly #group: TargetGroup
  readonly #agenda: Agenda
  readonly #failures = new Map<Target, Failures>()

  constructor(settings: PassiveSettings, group: TargetGroup, agenda: Agenda) {
    this.#settings = settings
    this.#group = group
    this.#agenda = agenda
  }

  /** Whether an answer's status counts as a failure here. */
  isFailure(status: number): boolean {
    return this.#settings.statuses.has(status)
  }

  /** A request to a target failed. */
  fail(target: Target, nowMs: number): void {
    const { maxFails, failWindowMs } = this.#settings
    let failures = this.#failures.get(target)
    if (failures === undefined) {
      failures = { count: 0, sinceMs: nowMs, end: undefined }
      this.#failures.set(target, failures)
    } else if (nowMs - failures.sinceMs > failWindowMs) {
      failures.count = 0
      failures.sinceMs = nowMs
    }
    if (target.isFailingRequests || ++failures.count < maxFails) return
    const reason = `${failures.count} requests failed within ${failWindowMs} ms`
    this.#group.change(target, reason, nowMs, () => {
      target.isFailingRequests = true
    })
    failures.end = this.#agenda.add(nowMs + failWindowMs, (time) => this.#end(target, time))
  }

  /** Forgets those that are not among the targets any more. */
  keep(targets: ReadonlySet<Target>): void {
    for (const [target, { end }] of this.#failures) {
      if (targets.has(target)) continue
      this.#agenda.remove(end)
      this.#failures.delete(target)
    }
  }

  #end(target: Target, nowMs: number): void {
    this.#failures.delete(target)
    this.#group.change(target, `it was left alone for ${this.#settings.failWindowMs} ms`, nowMs, () => {
      target.isFailingRequests = false
    })
  }
}
