import type { ServiceOptions } from '../../../src/algorithms/service/service-options.ts'
import type { ServiceRuntime } from '../../../src/algorithms/service/service-runtime.ts'
import { Service } from '../../../src/algorithms/service/service.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { EventQueue, SimulatedEvent } from './event-queue.ts'
import { Ledger } from './ledger.ts'
import { SimulatedProxy } from './simulated-proxy.ts'
import { MEAN_MS, SimulatedTarget, WORKERS } from './simulated-target.ts'

/** Users, each with a key of its own. */
const USERS = 100_000
/** The statuses after which another target is tried, as far as a simulated one answers them. */
const RETRIED = ['connect-failure', 'reset', 'timeout', 500, 503] as const
const RETRIES = 2
const PER_TRY_TIMEOUT_MS = 1_000
const FIRST_PORT = 1_000

/** What a world is made of. */
export interface WorldOptions {
  readonly seed: number
  readonly targets: number
  readonly requests: number
  /** Work that comes in, as a share of what all targets together can do when they are well. */
  readonly load: number
  readonly service: Omit<ServiceOptions, 'targets'>
  /** The share of all requests that have one and the same key. @default 0 */
  readonly hotKeyShare?: number | undefined
}

/**
 * A service, its targets and their users. Requests come by chance, at a rate that does not depend on how they are
 * answered. What comes in and when, and how long each target takes, is the same whichever balancer there is.
 */
export class World {
  readonly events = new EventQueue()
  readonly ledger = new Ledger()
  readonly servers: readonly SimulatedTarget[]
  readonly service: Service
  /** From the first request to about the last. */
  readonly durationMs: number
  /** Targets that were ejected at the same time, at most. */
  maxEjected = 0
  readonly #requests: number
  readonly #meanGapMs: number
  readonly #hotKeyShare: number
  readonly #proxy: SimulatedProxy
  readonly #random: () => number

  constructor({ seed, targets, requests, load, service, hotKeyShare = 0 }: WorldOptions) {
    const randomOf = (use: number): (() => number) => seededRandom(Math.imul(seed, 0x9e3779b1) + use * 7919)
    this.#random = randomOf(1)
    this.#requests = requests
    this.#meanGapMs = MEAN_MS / (WORKERS * targets * load)
    this.durationMs = requests * this.#meanGapMs
    this.#hotKeyShare = hotKeyShare
    this.servers = Array.from(
      { length: targets },
      (_, i) => new SimulatedTarget(`10.0.0.1:${FIRST_PORT + i}`, this.events, randomOf(3 + i)),
    )
    const byAddress = new Map(this.servers.map((server) => [server.address, server]))
    const { attempts = RETRIES, perTryTimeoutMs = PER_TRY_TIMEOUT_MS, on = RETRIED } = service.retry ?? {}
    this.service = new Service({
      ...service,
      retry: { ...service.retry, attempts, perTryTimeoutMs, on },
      targets: [...byAddress.keys()],
    })
    const tries = { attempts, perTryTimeoutMs, on: new Set(on) }
    this.#proxy = new SimulatedProxy(this.service, byAddress, this.events, this.ledger, tries)
    this.service.subscribe(({ to }) => {
      if (to !== 'ejected') return
      const ejected = this.service.targets.reduce((sum, { isEjected }) => sum + Number(isEjected), 0)
      this.maxEjected = Math.max(this.maxEjected, ejected)
    })
    this.service.attach(this.#runtime(randomOf(2)))
  }

  /** Does something when so large a share of the time is over. */
  at(share: number, action: () => void): void {
    this.events.add(action, share * this.durationMs)
  }

  /** Lets all requests come, and waits until each has had its end. */
  async run(): Promise<void> {
    let left = this.#requests
    const arrival = new SimulatedEvent(() => {
      this.#proxy.request(this.#nextKey())
      if (--left > 0) this.events.set(arrival, this.#nextGapMs())
    })
    this.events.set(arrival, this.#nextGapMs())
    const { ledger } = this
    while (left > 0 || ledger.answered + ledger.errors < ledger.requests) {
      await this.events.run(this.events.nowMs + PER_TRY_TIMEOUT_MS)
    }
  }

  #nextGapMs(): number {
    return -Math.log(1 - this.#random()) * this.#meanGapMs
  }

  #nextKey(): string {
    const place = this.#random()
    if (place < this.#hotKeyShare) return 'hot'
    return `user-${Math.floor(((place - this.#hotKeyShare) / (1 - this.#hotKeyShare)) * USERS)}`
  }

  #runtime(random: () => number): ServiceRuntime {
    const { events } = this
    return {
      now: () => events.nowMs,
      random,
      setTimer: (callback, delayMs) => {
        const event = events.add(callback, delayMs)
        return { cancel: () => events.cancel(event) }
      },
      probe: (target) => this.#proxy.serverOf(target).probe(),
    }
  }
}
