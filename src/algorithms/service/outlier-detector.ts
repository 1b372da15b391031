import type { Agenda, AgendaEntry } from './agenda.ts'
import type { TargetGroup } from './target-group.ts'
import type { Target } from './target.ts'
import type { TargetLevel } from './target-level.ts'

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
 * is never exceeded: what all have in common is not their fault. Each priority is judged by itself, so that such a fault
 * does not send all requests to the backups.
 */
export class OutlierDetector {
  /** Ejections so far. */
  count = 0
  readonly #settings: OutlierSettings
  readonly #group: TargetGroup
  readonly #agenda: Agenda
  readonly #conducts = new Map<Target, Conduct>()
  #interval: AgendaEntry | undefined

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
      this.#agenda.remove(conduct.end)
      this.#conducts.delete(target)
    }
    for (const level of this.#group.levels.list) {
      const ejected = level.targets.filter(({ isEjected }) => isEjected)
      level.ejected = ejected.length
      const tooMany = level.ejected - this.#maxEjected(level)
      if (tooMany > 0) this.#returnFirst(ejected, tooMany, nowMs)
    }
  }

  #returnFirst(ejected: readonly Target[], count: number, nowMs: number): void {
    const conducts = ejected.map((target) => ({ target, conduct: this.#conductOf(target) }))
    conducts.sort((a, b) => a.conduct.returnMs - b.conduct.returnMs)
    for (const { target, conduct } of conducts.slice(0, count)) {
      this.#agenda.remove(conduct.end)
      this.#return(target, conduct, 'too many would be ejected of the targets that are left', nowMs)
    }
  }

  #maxEjected({ targets }: TargetLevel): number {
    // The share of a count may be a hair below the whole number that it stands for.
    return Math.floor(this.#settings.maxEjectedShare * targets.length + 1e-9)
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
    const { level } = target
    if (level.ejected >= this.#maxEjected(level)) return
    const { baseEjectionMs, maxEjectionMs } = this.#settings
    conduct.level++
    conduct.failuresInRow = 0
    const durationMs = Math.min(maxEjectionMs, baseEjectionMs * conduct.level)
    conduct.returnMs = nowMs + durationMs
    const comeBack = (time: number): void => this.#return(target, conduct, `${durationMs} ms are over`, time)
    conduct.end = this.#agenda.add(conduct.returnMs, comeBack)
    level.ejected++
    this.count++
    target.ejections++
    this.#group.change(target, reason, nowMs, () => {
      target.isEjected = true
    })
  }

  #return(target: Target, conduct: Conduct, reason: string, nowMs: number): void {
    conduct.end = undefined
    target.level.ejected--
    this.#group.change(target, reason, nowMs, () => {
      target.isEjected = false
    })
  }

  #compare(nowMs: number): void {
    this.#interval = undefined
    const { successRate } = this.#settings
    if (successRate !== undefined) {
      for (const level of this.#group.levels.list) this.#ejectTheWorst(level, successRate, nowMs)
    }
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

  #ejectTheWorst(level: TargetLevel, options: NonNullable<OutlierSettings['successRate']>, nowMs: number): void {
    const judged = level.targets.flatMap((target) => {
      const conduct = this.#conducts.get(target)
      return conduct !== undefined && !target.isEjected && conduct.requests >= options.minRequests
        ? [[target, conduct] as const]
        : []
    })
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
