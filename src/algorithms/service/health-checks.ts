import type { Timer } from '../../transport.ts'
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
  /** The next check; while one of a request runs, when it is taken for lost. */
  entry: AgendaEntry | undefined
  running: RunningCheck | undefined
  isWaiting: boolean
}

interface RunningCheck {
  readonly runtime: ServiceRuntime
  readonly controller: AbortController
  /** For the end of its time. */
  timer: Timer | undefined
}

/** Asks the targets in turn whether they are well, as long as somebody uses the service. */
export class HealthChecks {
  /** Checks that were finished. */
  count = 0
  failedCount = 0
  readonly #settings: CheckSettings
  readonly #group: TargetGroup
  readonly #agenda: Agenda
  readonly #afterwards: (runtime: ServiceRuntime) => void
  readonly #now: () => number
  readonly #checked = new Map<Target, Checked>()
  readonly #waiting: Target[] = []
  #running = 0
  /** Whose checks begin now; of runtimes that belong to requests the one whose turn it is. */
  #runtime: ServiceRuntime | undefined

  /**
   * @param agenda of checks only: who finds something due there calls `run`
   * @param afterwards called when a check has changed something, outside all other calls
   */
  constructor(
    settings: CheckSettings,
    group: TargetGroup,
    agenda: Agenda,
    now: () => number,
    afterwards: (runtime: ServiceRuntime) => void,
  ) {
    this.#settings = settings
    this.#group = group
    this.#agenda = agenda
    this.#now = now
    this.#afterwards = afterwards
  }

  /**
   * Somebody uses the service, and checks from now on. What another one has running is given up, and all are checked anew;
   * but a request takes its part in the checks of all of them, whose times do not change by that.
   */
  join(runtime: ServiceRuntime): void {
    if (runtime.isOfRequest !== true) this.#use(runtime)
  }

  /** Somebody does not any more. What he has running is given up. @param current who goes on, if there is one */
  leave(runtime: ServiceRuntime, current: ServiceRuntime | undefined): void {
    if (runtime.isOfRequest !== true) return this.#use(current)
    for (const [target, checked] of this.#checked) {
      // Whoever waits may have waited for one of these.
      if (checked.running?.runtime !== runtime && !checked.isWaiting) continue
      this.#stop(checked)
      this.#start(target)
    }
    this.#waiting.length = 0
  }

  /** Begins the checks that are due. @param runtime whose turn it is */
  run(nowMs: number, runtime: ServiceRuntime): void {
    const before = this.#runtime
    this.#runtime = runtime
    this.#agenda.run(nowMs)
    this.#runtime = before
  }

  #use(runtime: ServiceRuntime | undefined): void {
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
      // What belongs to another request runs out by itself.
      this.#stop(checked, checked.running?.runtime.isOfRequest !== true)
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
      this.#start(target)
    }
  }

  #start(target: Target): void {
    const checked = this.#checked.get(target)
    if (checked === undefined) return
    // At once; but not from within the call that put it in.
    checked.entry = this.#agenda.add(this.#now(), () => this.#begin(target, checked))
  }

  #stop(checked: Checked, mayAbort = true): void {
    this.#agenda.remove(checked.entry)
    checked.entry = undefined
    checked.isWaiting = false
    if (checked.running === undefined) return
    const { controller, timer } = checked.running
    checked.running = undefined
    this.#running--
    if (!mayAbort) return
    timer?.cancel()
    controller.abort()
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
    const running: RunningCheck = { runtime, controller, timer: undefined }
    checked.running = running
    this.#running++
    const end = (failure?: string): void => {
      if (checked.running !== running) return controller.abort()
      this.#finish(target, checked, running, failure)
      this.#afterwards(runtime)
    }
    // A platform may end a request without a word: then another one begins anew.
    if (runtime.isOfRequest === true) {
      checked.entry = this.#agenda.add(this.#now() + 2 * timeoutMs, () => {
        this.#stop(checked, false)
        this.#begin(target, checked)
      })
    }
    // Not by the agenda: what belongs to a request only that one may give up.
    running.timer = runtime.setTimer(() => end(`no answer within ${timeoutMs} ms`), timeoutMs)
    callProbe(() => runtime.probe(target, check, controller.signal)).then(
      () => end(),
      (error: unknown) => end(describeReason(error)),
    )
  }

  /** @param failure why the target is not well; undefined when it is */
  #finish(target: Target, checked: Checked, running: RunningCheck, failure?: string): void {
    const { runtime } = running
    this.#agenda.remove(checked.entry)
    running.timer?.cancel()
    checked.running = undefined
    this.#running--
    running.controller.abort()
    this.count++
    const nowMs = this.#now()
    const { intervalMs, jitter } = this.#settings
    const spread = 1 + jitter * (2 * runtime.random() - 1)
    checked.entry = this.#agenda.add(nowMs + intervalMs * spread, () => this.#begin(target, checked))
    if (failure === undefined) this.#succeed(target, checked, nowMs)
    else this.#fail(target, checked, failure, nowMs)
    checked.hasResult = true
    this.#beginNext(runtime)
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

  #beginNext(runtime: ServiceRuntime): void {
    const before = this.#runtime
    this.#runtime = runtime
    for (let target = this.#waiting.shift(); target !== undefined; target = this.#waiting.shift()) {
      const checked = this.#checked.get(target)
      if (checked === undefined || !checked.isWaiting) continue
      checked.isWaiting = false
      this.#begin(target, checked)
      break
    }
    this.#runtime = before
  }
}

/** A probe that throws has failed as one that rejects. */
async function callProbe(probe: () => Promise<void>): Promise<void> {
  await probe()
}
