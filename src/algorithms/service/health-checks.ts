import { describeReason } from './describe-reason.ts'
import type { Agenda, AgendaEntry } from './agenda.ts'
import type { HealthCheck } from './health-check.ts'
import type { ServiceRuntime } from './service-runtime.ts'
import type { TargetGroup } from './target-group.ts'
import type { Target } from './target.ts'

/** The options of checks, with everything filled in. */
export interface CheckSettings {
  readonly check: HealthCheck
  readonly intervalMs: number
  readonly jitter: number
  readonly timeoutMs: number
  readonly healthyThreshold: number
  readonly unhealthyThreshold: number
  readonly maxConcurrentChecks: number
}

/** The checks of one target. */
interface Checked {
  goodInRow: number
  failedInRow: number
  hasResult: boolean
  /** The next check, or the end of the time of the one that runs. */
  entry: AgendaEntry | undefined
  /** Of the one that runs. */
  running: AbortController | undefined
  isWaiting: boolean
}

/** Asks the targets in turn whether they are well, as long as somebody uses the service. */
export class HealthChecks {
  /** Checks that were finished. */
  count = 0
  failedCount = 0
  readonly #settings: CheckSettings
  readonly #group: TargetGroup
  readonly #agenda: Agenda
  readonly #afterwards: () => void
  readonly #now: () => number
  readonly #checked = new Map<Target, Checked>()
  readonly #waiting: Target[] = []
  #running = 0
  #runtime: ServiceRuntime | undefined

  /** @param afterwards called when a check has changed something, outside all other calls */
  constructor(settings: CheckSettings, group: TargetGroup, agenda: Agenda, now: () => number, afterwards: () => void) {
    this.#settings = settings
    this.#group = group
    this.#agenda = agenda
    this.#now = now
    this.#afterwards = afterwards
  }

  /** Somebody else checks from now on, or nobody. What runs is given up. */
  use(runtime: ServiceRuntime | undefined): void {
    if (runtime === this.#runtime) return
    for (const checked of this.#checked.values()) this.#stop(checked)
    this.#waiting.length = 0
    this.#runtime = runtime
    if (runtime === undefined) return
    for (const target of this.#group.targets) this.#start(target)
  }

  /** The targets are these now. */
  keep(targets: ReadonlySet<Target>): void {
    for (const [target, checked] of this.#checked) {
      if (targets.has(target)) continue
      this.#stop(checked)
      this.#checked.delete(target)
    }
    for (const target of targets) {
      if (this.#checked.has(target)) continue
      const checked = {
        goodInRow: 0,
        failedInRow: 0,
        hasResult: false,
        entry: undefined,
        running: undefined,
        isWaiting: false,
      }
      this.#checked.set(target, checked)
      if (this.#runtime !== undefined) this.#start(target)
    }
  }

  #start(target: Target): void {
    const checked = this.#checked.get(target)
    if (checked === undefined) return
    // At once; but not from within the call that put it in.
    checked.entry = this.#agenda.add(this.#now(), () => this.#begin(target, checked))
  }

  #stop(checked: Checked): void {
    this.#agenda.remove(checked.entry)
    checked.entry = undefined
    checked.isWaiting = false
    if (checked.running === undefined) return
    const { running } = checked
    checked.running = undefined
    this.#running--
    running.abort()
  }

  #begin(target: Target, checked: Checked): void {
    const runtime = this.#runtime
    if (runtime === undefined) return
    checked.entry = undefined
    if (this.#running >= this.#settings.maxConcurrentChecks) {
      checked.isWaiting = true
      this.#waiting.push(target)
      return
    }
    const { check, timeoutMs } = this.#settings
    const controller = new AbortController()
    checked.running = controller
    this.#running++
    checked.entry = this.#agenda.add(this.#now() + timeoutMs, () => {
      this.#finish(target, checked, controller, `no answer within ${timeoutMs} ms`)
    })
    const end = (failure?: string): void => {
      if (checked.running !== controller) return
      this.#finish(target, checked, controller, failure)
      this.#afterwards()
    }
    callProbe(() => runtime.probe(target, check, controller.signal)).then(
      () => end(),
      (error: unknown) => end(describeReason(error)),
    )
  }

  /** @param failure why the target is not well; undefined when it is */
  #finish(target: Target, checked: Checked, controller: AbortController, failure?: string): void {
    this.#agenda.remove(checked.entry)
    checked.running = undefined
    this.#running--
    controller.abort()
    this.count++
    const nowMs = this.#now()
    const { intervalMs, jitter } = this.#settings
    const spread = 1 + jitter * (2 * (this.#runtime?.random() ?? 0.5) - 1)
    checked.entry = this.#agenda.add(nowMs + intervalMs * spread, () => this.#begin(target, checked))
    if (failure === undefined) this.#succeed(target, checked, nowMs)
    else this.#fail(target, checked, failure, nowMs)
    checked.hasResult = true
    this.#beginNext()
  }

  #succeed(target: Target, checked: Checked, nowMs: number): void {
    checked.failedInRow = 0
    checked.goodInRow++
    if (!target.isFailingChecks || checked.goodInRow < this.#settings.healthyThreshold) return
    const reason = `${checked.goodInRow} health checks in a row went well`
    this.#group.change(target, reason, nowMs, () => {
      target.isFailingChecks = false
    })
  }

  #fail(target: Target, checked: Checked, failure: string, nowMs: number): void {
    this.failedCount++
    checked.goodInRow = 0
    checked.failedInRow++
    const isEnough = !checked.hasResult || checked.failedInRow >= this.#settings.unhealthyThreshold
    if (target.isFailingChecks || !isEnough) return
    const which = checked.failedInRow === 1 ? 'its health check' : `${checked.failedInRow} health checks in a row`
    this.#group.change(target, `${which} failed: ${failure}`, nowMs, () => {
      target.isFailingChecks = true
    })
  }

  #beginNext(): void {
    for (let target = this.#waiting.shift(); target !== undefined; target = this.#waiting.shift()) {
      const checked = this.#checked.get(target)
      if (checked === undefined || !checked.isWaiting) continue
      checked.isWaiting = false
      return this.#begin(target, checked)
    }
  }
}

/** A probe that throws has failed as one that rejects. */
async function callProbe(probe: () => Promise<void>): Promise<void> {
  await probe()
}
