import type { Agenda, AgendaEntry } from './agenda.ts'
import type { Balancer } from '../balancers/balancer.ts'
import { SlowStart } from './slow-start.ts'
import { Target } from './target.ts'
import type { TargetLevel } from './target-level.ts'
import { TargetLevels } from './target-levels.ts'
import { type TargetSettings, targetSettings } from './target-settings.ts'
import type { TargetInit } from './target-init.ts'
import type { TargetStateChange } from './target-state.ts'

/** A change of a target's state, without whose it is. */
export type StateChange = Omit<TargetStateChange, 'service'>

export interface TargetGroupOptions {
  /** Where slow starts and the ends of draining are noted. */
  readonly agenda: Agenda
  /** 0 for no slow start. */
  readonly slowStartMs: number
  /** 0 waits for ever. */
  readonly drainTimeoutMs: number
  /** The least share of healthy targets without panic. */
  readonly panicThreshold: number
  /** Requests under way that a target takes. */
  readonly maxActive: number
  /** A new balancer, for targets of one priority. */
  createBalancer(): Balancer
  /** The state of a target is another one now. */
  onState(change: StateChange): void
}

/** The targets of a service: who is in, at which level, and who is on the way out. */
export class TargetGroup {
  readonly levels: TargetLevels
  targets: readonly Target[] = []
  readonly draining = new Set<Target>()
  readonly #options: TargetGroupOptions
  readonly #slowStart: SlowStart
  readonly #byAddress = new Map<string, Target>()
  readonly #drainEnds = new Map<Target, AgendaEntry>()

  /** @throws what `createBalancer` throws */
  constructor(options: TargetGroupOptions) {
    this.#options = options
    this.levels = new TargetLevels(options)
    this.#slowStart = new SlowStart(options.agenda, options.slowStartMs, (target) => {
      target.level.balancer.changed(target)
    })
  }

  /** The target with an address, unless it is on its way out. */
  find(address: string): Target | undefined {
    return this.#byAddress.get(address)
  }

  /** Whether a target is one of these, and not on its way out. */
  has(target: Target): boolean {
    return this.#byAddress.get(target.address) === target
  }

  /**
   * Takes over a list. Who was there stays; whoever comes back while it finishes its work is the same target again.
   * @param onUpdate called when the list is the new one, before anybody is told of changes
   * @throws what `createBalancer` throws; nothing is changed then
   */
  set(inits: readonly TargetInit[], nowMs: number, onUpdate: (targets: readonly Target[]) => void): void {
    const isFirst = this.targets.length === 0
    const before = this.targets
    const settings = inits.map(targetSettings)
    const levels = this.levels.plan(new Set(settings.map(({ priority }) => priority)))
    const levelOf = new Map(levels.map((level) => [level.priority, level]))
    const wanted = new Set(settings.map(({ address }) => address))
    const changes: StateChange[] = []
    for (const target of before) if (!wanted.has(target.address)) changes.push(this.#takeOut(target))
    this.targets = settings.map((one) => {
      return this.#putIn(one, levelOf.get(one.priority) as TargetLevel, isFirst, nowMs, changes)
    })
    this.levels.use(levels, this.targets)
    onUpdate(this.targets)
    for (const change of changes) this.#options.onState(change)
    for (const target of before) if (target.isDraining) this.#drain(target, nowMs)
  }

  /** Changes what a target's state follows from, and tells of the state if it is another one then. */
  change(target: Target, reason: string, nowMs: number, apply: (target: Target) => void): void {
    const from = target.state
    apply(target)
    const to = target.state
    if (from === to) return
    if (to === 'healthy') this.#slowStart.begin(target, nowMs)
    else this.#slowStart.end(target)
    this.levels.changed(target)
    this.#options.onState({ target, from, to, reason })
  }

  /** A request to a target is over. */
  settle(target: Target): void {
    if (target.active === 0 && this.draining.has(target)) this.#remove(target, 'all that was under way is over')
  }

  #takeOut(target: Target): StateChange {
    const from = target.state
    this.#byAddress.delete(target.address)
    this.#slowStart.end(target)
    target.isDraining = true
    target.isFailingChecks = false
    target.isFailingRequests = false
    target.isEjected = false
    this.draining.add(target)
    return { target, from, to: 'draining', reason: 'it was taken out of the service' }
  }

  #putIn(
    settings: TargetSettings,
    level: TargetLevel,
    isFirst: boolean,
    nowMs: number,
    changes: StateChange[],
  ): Target {
    const { address, weight, metadata } = settings
    let target = this.#byAddress.get(address)
    if (target === undefined) {
      target = this.#returning(address)
      if (target === undefined) {
        target = new Target(settings, level)
        changes.push({ target, from: 'added', to: 'healthy', reason: 'it was put into the service' })
      } else {
        this.draining.delete(target)
        this.#options.agenda.remove(this.#drainEnds.get(target))
        this.#drainEnds.delete(target)
        target.isDraining = false
        changes.push({ target, from: 'draining', to: 'healthy', reason: 'it was put into the service again' })
      }
      this.#byAddress.set(address, target)
      if (!isFirst) this.#slowStart.begin(target, nowMs)
    }
    target.level = level
    target.baseWeight = weight
    target.metadata = metadata
    return target
  }

  #returning(address: string): Target | undefined {
    for (const target of this.draining) if (target.address === address) return target
    return undefined
  }

  #drain(target: Target, nowMs: number): void {
    if (!this.draining.has(target) || this.#drainEnds.has(target)) return
    const { agenda, drainTimeoutMs } = this.#options
    if (target.active === 0) return this.#remove(target, 'nothing was under way')
    if (drainTimeoutMs === 0) return
    const giveUp = (): void => this.#remove(target, `it has not finished within ${drainTimeoutMs} ms`)
    this.#drainEnds.set(target, agenda.add(nowMs + drainTimeoutMs, giveUp))
  }

  #remove(target: Target, reason: string): void {
    this.draining.delete(target)
    this.#options.agenda.remove(this.#drainEnds.get(target))
    this.#drainEnds.delete(target)
    this.#options.onState({ target, from: 'draining', to: 'removed', reason })
  }
}
