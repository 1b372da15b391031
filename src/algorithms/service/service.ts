import { ProxyError } from '../../errors.ts'
import type { PickOptions } from '../balancers/balancer.ts'
import { Agenda } from './agenda.ts'
import { Attachments } from './attachments.ts'
import { BalancerSource } from './balancer-source.ts'
import { checkServiceOptions } from './check-service-options.ts'
import { checkTargets } from './check-targets.ts'
import { HealthChecks } from './health-checks.ts'
import type { Outcome } from './outcome.ts'
import { OutlierDetector } from './outlier-detector.ts'
import { PassiveHealth } from './passive-health.ts'
import { RetryBudget } from './retry-budget.ts'
import type { ServiceOptions } from './service-options.ts'
import type { ServiceRuntime } from './service-runtime.ts'
import { type ServiceSettings, serviceSettings } from './service-settings.ts'
import type { ServiceStatistics } from './service-statistics.ts'
import { TargetGroup } from './target-group.ts'
import type { TargetInit } from './target-init.ts'
import type { TargetStateChange } from './target-state.ts'
import type { Target } from './target.ts'
import { TargetWatch } from './target-watch.ts'

export interface ServicePickOptions {
  /** What a keyed balancer places the request by. */
  readonly key?: string | undefined
  /** Targets that must not be given. */
  readonly excluded?: ReadonlySet<Target> | undefined
}

/**
 * A named set of targets with everything that belongs to it: who gets the next request, who is healthy, what is taken on at
 * most, what is tried again. It does nothing by itself: who uses it attaches it to a runtime, asks it for targets, and
 * tells it how the requests went. Everything can go on while `set` changes the targets.
 */
export class Service {
  readonly name: string
  /** As they were given. */
  readonly options: ServiceOptions
  readonly #settings: ServiceSettings
  readonly #agenda = new Agenda()
  /** Of the checks: these may not begin in whoever's turn it happens to be. */
  readonly #checkAgenda = new Agenda()
  readonly #attachments: Attachments
  readonly #group: TargetGroup
  readonly #budget: RetryBudget
  readonly #checks: HealthChecks | undefined
  readonly #passive: PassiveHealth | undefined
  readonly #outliers: OutlierDetector | undefined
  readonly #watch: TargetWatch
  #active = 0
  #pending = 0
  #requests = 0
  #failures = 0
  #retries = 0
  #activeRetries = 0
  #refusedRetries = 0
  #refusedRequests = 0

  /** @throws INVALID_ARGUMENT naming the field and its value */
  constructor(options: ServiceOptions) {
    checkServiceOptions(options)
    const settings = serviceSettings(options)
    this.name = settings.name
    this.options = options
    this.#settings = settings
    const balancers = new BalancerSource(settings.name, options.balancer)
    this.#attachments = new Attachments([this.#agenda, this.#checkAgenda], (nowMs, runtime) => {
      this.#checks?.run(nowMs, runtime)
      this.#catchUp(nowMs)
    })
    this.#watch = new TargetWatch(options.onTargetState, (message, error) => {
      this.#attachments.current?.warn?.(message, error)
    })
    this.#group = new TargetGroup({
      ...settings,
      agenda: this.#agenda,
      createBalancer: () => balancers.create(),
      onState: (change) => this.#watch.add({ service: this, ...change }),
    })
    this.#budget = new RetryBudget(settings.budget)
    const { check, passive, outlier } = settings
    this.#passive = passive && new PassiveHealth(passive, this.#group, this.#agenda)
    this.#outliers = outlier && new OutlierDetector(outlier, this.#group, this.#agenda)
    const now = (): number => this.#attachments.nowMs
    this.#checks =
      check && new HealthChecks(check, this.#group, this.#checkAgenda, now, (runtime) => this.#finish(runtime))
    this.set(options.targets)
  }

  /** Those that were taken out and finish their work are not among them. */
  get targets(): readonly Target[] {
    return this.#group.targets
  }

  /** Whether so few targets are healthy that all take part. */
  get isPanicking(): boolean {
    return this.#group.levels.isPanicking
  }

  /** Whether requests with the same key go to the same target. */
  get isKeyed(): boolean {
    return this.#group.levels.balancer.isKeyed
  }

  /**
   * Takes over a list of targets. New ones get requests at once, or slowly at first; those that are missing finish what is
   * under way; all others stay the objects that they are.
   * @throws INVALID_ARGUMENT for an address that is none or there twice, a weight or a priority that is none, and for
   * several priorities with a balancer that can serve one only; nothing is changed then
   */
  set(targets: readonly TargetInit[]): void {
    checkTargets(this.name, targets)
    const { nowMs } = this.#attachments
    this.#group.set(targets, nowMs, (list) => {
      const known = new Set(list)
      this.#passive?.keep(known)
      this.#outliers?.keep(known, nowMs)
      this.#checks?.keep(known)
    })
    this.#finish()
  }

  /** The target with an address; undefined when there is none, or it was taken out. */
  find(address: string): Target | undefined {
    return this.#group.find(address)
  }

  /**
   * Uses the service with a runtime's clock, timers, chance and probes, until the function that is returned is called. When
   * several use it, those of the last one count; while nobody does, there are no checks and time stands still.
   */
  attach(runtime: ServiceRuntime): () => void {
    const detach = this.#attachments.add(runtime)
    this.#checks?.join(runtime)
    this.#attachments.arm(runtime)
    return () => {
      detach()
      this.#checks?.leave(runtime, this.#attachments.current)
      this.#attachments.arm()
    }
  }

  /** Tells of every change of a target's state, until the function that is returned is called. */
  subscribe(listener: (change: TargetStateChange) => void): () => void {
    return this.#watch.subscribe(listener)
  }

  /**
   * The target for a request; undefined when there is none to which it may go. It is one of the lowest priority that has an
   * available one; those that are excluded, because it was tried there, are not, so a retry goes to the next priority only
   * when no other target of this one is left.
   */
  pick({ key, excluded }: ServicePickOptions = {}): Target | undefined {
    const { nowMs, random } = this.#attachments
    if (this.#agenda.nextMs <= nowMs) this.#catchUp(nowMs)
    const isExcluded = excluded && ((target: unknown): boolean => excluded.has(target as Target))
    const options: PickOptions = { key, isExcluded, random, nowMs }
    return this.#group.levels.pick(options) ?? this.#pickFull(excluded)
  }

  /**
   * Whether the service takes another request.
   * @returns QUEUE_FULL, 503, when it does not
   */
  admit(): ProxyError | undefined {
    const { maxConcurrentRequests, maxPending } = this.#settings
    const { nowMs } = this.#attachments
    if (this.#agenda.nextMs <= nowMs) this.#catchUp(nowMs)
    if (this.#active >= maxConcurrentRequests) {
      return this.#refuse(`${this.#active} requests are under way, as many as limits.maxConcurrentRequests allows`)
    }
    if (this.#pending >= maxPending && this.targets.length > 0 && !this.targets.some((target) => target.isAvailable)) {
      return this.#refuse(`${this.#pending} requests wait for a connection, as many as limits.maxPending allows`)
    }
    return undefined
  }

  /** A try of a request at a target begins; `end` must follow. */
  begin(target: Target): void {
    target.active++
    target.requests++
    this.#active++
    this.#requests++
    const { maxActive } = this.#settings
    if (target.active > maxActive) this.#pending++
    else if (target.active === maxActive) target.level.countRoom(target, -1)
    this.#budget.countTry(this.#attachments.nowMs)
    if (!target.isDraining) target.level.balancer.changed(target)
  }

  /** A try is over. */
  end(target: Target, outcome: Outcome): void {
    const { maxActive } = this.#settings
    if (target.active > maxActive) this.#pending--
    else if (target.active === maxActive) target.level.countRoom(target, 1)
    target.active--
    this.#active--
    const { nowMs } = this.#attachments
    if (outcome.kind !== 'aborted') this.#judge(target, outcome, nowMs)
    if (target.isDraining) this.#group.settle(target)
    else target.level.balancer.changed(target)
    this.#finish()
  }

  /** Whether the budget and the limit allow another retry now. */
  mayRetry(): boolean {
    const isAllowed =
      this.#activeRetries < this.#settings.maxConcurrentRetries && this.#budget.allows(this.#attachments.nowMs)
    if (!isAllowed) this.#refusedRetries++
    return isAllowed
  }

  /** The try that was begun last is a retry; `endRetry` must follow. */
  beginRetry(): void {
    this.#retries++
    this.#activeRetries++
    this.#budget.countRetry(this.#attachments.nowMs)
  }

  endRetry(): void {
    this.#activeRetries--
  }

  /** What is known at this moment, as plain data of its own. */
  get statistics(): ServiceStatistics {
    return {
      name: this.name,
      balancer: this.#group.levels.balancer.name,
      isPanicking: this.isPanicking,
      activePriority: this.#group.levels.current?.priority,
      active: this.#active,
      pending: this.#pending,
      requests: this.#requests,
      failures: this.#failures,
      retries: this.#retries,
      activeRetries: this.#activeRetries,
      refusedRetries: this.#refusedRetries,
      refusedRequests: this.#refusedRequests,
      ejections: this.#outliers?.count ?? 0,
      panics: this.#group.levels.panics,
      checks: this.#checks?.count ?? 0,
      failedChecks: this.#checks?.failedCount ?? 0,
      listenerErrors: this.#watch.errorCount,
      targets: this.targets.map((target) => target.statistics),
      draining: [...this.#group.draining].map((target) => target.statistics),
    }
  }

  /** All targets have as many requests as they have connections: the least loaded one, for those who may wait. */
  #pickFull(excluded: ReadonlySet<Target> | undefined): Target | undefined {
    if (this.#pending >= this.#settings.maxPending) return undefined
    return this.#group.levels.pickFull(excluded)
  }

  #judge(target: Target, outcome: Outcome, nowMs: number): void {
    const isAnswer = outcome.kind === 'answered'
    const isFailure = !isAnswer || outcome.status >= 500
    const { latencyMs } = outcome
    // A failure that came fast does not make a target a fast one.
    if (latencyMs >= 0 && (isAnswer || latencyMs > target.latencyMs)) target.latency.add(latencyMs, nowMs)
    if (isFailure) {
      target.failures++
      this.#failures++
    }
    if (target.isDraining) return
    if (this.#passive !== undefined && (!isAnswer || this.#passive.isFailure(outcome.status))) {
      this.#passive.fail(target, nowMs)
    }
    this.#outliers?.observe(target, isFailure, nowMs)
  }

  #refuse(state: string): ProxyError {
    this.#refusedRequests++
    return new ProxyError('QUEUE_FULL', `Cannot send another request to service "${this.name}": ${state}`)
  }

  /** Does what is due. */
  #catchUp(nowMs: number): void {
    this.#agenda.run(nowMs)
    this.#finish()
  }

  /** Everything is as it should be again: tells of it, and waits for what comes next. */
  #finish(runtime?: ServiceRuntime): void {
    this.#attachments.arm(runtime)
    this.#watch.tell()
  }
}
