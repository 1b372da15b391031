import type { Agenda, AgendaEntry } from './agenda.ts'
import type { TargetGroup } from './target-group.ts'
import type { Target } from './target.ts'

/** The options of outlier detection, with everything filled in. */
export interface OutlierSettings {
  /** 0 never. */
  readonly consecutiveFailures: number
  readonly intervalMs: number
  readonly baseEjectionMs: number
  readonly maxEjectionMs: number
  readonly maxEjectedShare: number
  readonly successRate:
    | { readonly minRequests: number; readonly minTargets: number; readonly deviations: number }
    | undefined
}

/** What is known of one target. */
interface Conduct {
  failuresInRow: number
  /** In this interval. */
  requests: number
  good: number
  /** How often it was ejected, less the intervals in which it behaved since. */
  level: number
  returnMs: number
  end: AgendaEntry | undefined
}

/**
 * Ejects targets that fail while others do not (Envoy, "Outlier detection"): after failures in a row, or when their
 * success rate lies far below that of the others. Each ejection lasts longer than the one before. A share of the targets
 * is never exceeded: what all have in common is not their fault.
 */
export class OutlierDetector {
  /** Ejections so far. */
  count = 0
  readonly #settings: OutlierSettings
  readonly #group: TargetGroup
  readonly #agenda: Agenda
  readonly #conducts = new Map<Target, Conduct>()
  #interval: AgendaEntry | undefined
  #ejected = 0

  constructor(settings: OutlierSettings, group: TargetGroup, agenda: Agenda) {
    this.#settings = settings
    this.#group = group
    this.#agenda = agenda
  }

  /** A request to a target is over. */
  observe(target: Target, isFailure: boolean, nowMs: number): void {
    // In panic it may get requests all the same.
    if (target.isEjected || !this.#group.has(target)) return
    this.#interval ??= this.#agenda.add(nowMs + this.#settings.intervalMs, (time) => this.#compare(time))
    const conduct = this.#conductOf(target)
    conduct.requests++
    if (!isFailure) {
      conduct.good++
      conduct.failuresInRow = 0
      return
    }
    const { consecutiveFailures } = this.#settings
    if (++conduct.failuresInRow < consecutiveFailures || consecutiveFailures === 0) return
    this.#eject(target, conduct, `${conduct.failuresInRow} failures in a row`, nowMs)
  }

  /** The targets are these now: forgets all others, and lets come back whoever would be too many. */
  keep(targets: ReadonlySet<Target>, nowMs: number): void {
    for (const [target, conduct] of this.#conducts) {
      if (targets.has(target)) continue
      if (conduct.end !== undefined) this.#ejected--
      this.#agenda.remove(conduct.end)
      this.#conducts.delete(target)
    }
    if (this.#ejected <= this.#maxEjected) return
    const ejected = [...this.#conducts].filter(([, { end }]) => end !== undefined)
    ejected.sort(([, a], [, b]) => a.returnMs - b.returnMs)
    for (const [target, conduct] of ejected.slice(0, this.#ejected - this.#maxEjected)) {
      this.#agenda.remove(conduct.end)
      this.#return(target, conduct, 'too many would be ejected of the targets that are left', nowMs)
    }
  }

  get #maxEjected(): number {
    // The share of a count may be a hair below the whole number that it stands for.
    return Math.floor(this.#settings.maxEjectedShare * this.#group.targets.length + 1e-9)
  }

  #conductOf(target: Target): Conduct {
    let conduct = this.#conducts.get(target)
    if (conduct === undefined) {
      conduct = { failuresInRow: 0, requests: 0, good: 0, level: 0, returnMs: 0, end: undefined }
      this.#conducts.set(target, conduct)
    }
    return conduct
  }

  #eject(target: Target, conduct: Conduct, reason: string, nowMs: number): void {
    if (this.#ejected >= this.#maxEjected) return
    const { baseEjectionMs, maxEjectionMs } = this.#settings
    conduct.level++
    conduct.failuresInRow = 0
    const durationMs = Math.min(maxEjectionMs, baseEjectionMs * conduct.level)
    conduct.returnMs = nowMs + durationMs
    const comeBack = (time: number): void => this.#return(target, conduct, `${durationMs} ms are over`, time)
    conduct.end = this.#agenda.add(conduct.returnMs, comeBack)
    this.#ejected++
    this.count++
    target.ejections++
    this.#group.change(target, reason, nowMs, () => {
      target.isEjected = true
    })
  }

  #return(target: Target, conduct: Conduct, reason: string, nowMs: number): void {
    conduct.end = undefined
    this.#ejected--
    this.#group.change(target, reason, nowMs, () => {
      target.isEjected = false
    })
  }

  #compare(nowMs: number): void {
    this.#interval = undefined
    if (this.#settings.successRate !== undefined) this.#ejectTheWorst(this.#settings.successRate, nowMs)
    let isOfInterest = false
    for (const conduct of this.#conducts.values()) {
      if (conduct.end === undefined && conduct.level > 0) conduct.level--
      isOfInterest ||= conduct.level > 0
      conduct.requests = 0
      conduct.good = 0
    }
    if (isOfInterest)
      this.#interval = this.#agenda.add(nowMs + this.#settings.intervalMs, (time) => this.#compare(time))
  }

  #ejectTheWorst(options: NonNullable<OutlierSettings['successRate']>, nowMs: number): void {
    const judged = [...this.#conducts].filter(
      ([{ isEjected }, { requests }]) => !isEjected && requests >= options.minRequests,
    )
    if (judged.length < options.minTargets) return
    const rates = judged.map(([, { good, requests }]) => good / requests)
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
    const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length
    const least = mean - options.deviations * Math.sqrt(variance)
    const worst = judged
      .map(([target, conduct]) => ({ target, conduct, rate: conduct.good / conduct.requests }))
      .filter(({ rate }) => rate < least)
      .sort((a, b) => a.rate - b.rate)
    for (const { target, conduct, rate } of worst) {
      const reason = `${percent(rate)} of its requests went well, expected ${percent(least)} beside the others`
      this.#eject(target, conduct, reason, nowMs)
    }
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
