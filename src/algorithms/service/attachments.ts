import type { Timer } from '../../transport.ts'
import type { Agenda } from './agenda.ts'
import type { ServiceRuntime } from './service-runtime.ts'

/** Who uses a service: time, chance and one timer for its agenda come from the one that came last. */
export class Attachments {
  readonly #agenda: Agenda
  readonly #run: (nowMs: number) => void
  readonly #list: { readonly runtime: ServiceRuntime }[] = []
  #timer: Timer | undefined
  #timerMs = Number.POSITIVE_INFINITY
  #lastMs = 0
  #chance = 0

  /** @param run does what is due */
  constructor(agenda: Agenda, run: (nowMs: number) => void) {
    this.#agenda = agenda
    this.#run = run
  }

  get current(): ServiceRuntime | undefined {
    return this.#list.at(-1)?.runtime
  }

  /** The time; it stands still while nobody uses the service. */
  get nowMs(): number {
    const { current } = this
    if (current !== undefined) this.#lastMs = current.now()
    return this.#lastMs
  }

  /** A number from 0 up to but not 1; evenly spread ones while nobody uses the service. */
  readonly random = (): number => {
    const { current } = this
    if (current !== undefined) return current.random()
    // The golden ratio: each number falls into the largest gap that those before it have left.
    this.#chance = (this.#chance + 0.618_033_988_749_895) % 1
    return this.#chance
  }

  /** @returns takes it out again; further calls do nothing */
  add(runtime: ServiceRuntime): () => void {
    const attachment = { runtime }
    this.#stopTimer()
    this.#list.push(attachment)
    return () => {
      const index = this.#list.indexOf(attachment)
      if (index < 0) return
      // The time at which it stood still, should this be the last one.
      if (attachment.runtime === this.current) this.#lastMs = runtime.now()
      this.#stopTimer()
      this.#list.splice(index, 1)
    }
  }

  /** Sets the timer for what is due next. */
  arm(): void {
    const { nextMs } = this.#agenda
    if (nextMs >= this.#timerMs) return
    const { current } = this
    if (current === undefined) return
    this.#stopTimer()
    this.#timerMs = nextMs
    this.#timer = current.setTimer(
      () => {
        this.#timer = undefined
        this.#timerMs = Number.POSITIVE_INFINITY
        this.#run(this.nowMs)
      },
      Math.max(0, Math.ceil(nextMs - current.now())),
    )
  }

  #stopTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerMs = Number.POSITIVE_INFINITY
  }
}
