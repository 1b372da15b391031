import type { Timer } from '../../transport.ts'
import type { Agenda } from './agenda.ts'
import type { ServiceRuntime } from './service-runtime.ts'

interface Attachment {
  readonly runtime: ServiceRuntime
  timer: Timer | undefined
  /** When it fires; Infinity without one. */
  timerMs: number
}

/**
 * Who uses a service: time, chance and one timer for its agendas come from the one that came last. Of runtimes that belong
 * to a request each has a timer, which it sets for itself alone: one that another request has set ends with that.
 */
export class Attachments {
  readonly #agendas: readonly Agenda[]
  readonly #run: (nowMs: number, runtime: ServiceRuntime) => void
  readonly #list: Attachment[] = []
  #lastMs = 0
  #chance = 0

  /** @param run does what is due */
  constructor(agendas: readonly Agenda[], run: (nowMs: number, runtime: ServiceRuntime) => void) {
    this.#agendas = agendas
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
    const attachment: Attachment = { runtime, timer: undefined, timerMs: Number.POSITIVE_INFINITY }
    const last = this.#list.at(-1)
    if (last !== undefined && last.runtime.isOfRequest !== true) stopTimer(last)
    this.#list.push(attachment)
    return () => {
      const index = this.#list.indexOf(attachment)
      if (index < 0) return
      // The time at which it stood still, should this be the last one.
      if (attachment.runtime === this.current) this.#lastMs = runtime.now()
      stopTimer(attachment)
      this.#list.splice(index, 1)
    }
  }

  /** Sets the timer for what is due next. @param caller whose turn it is, where that is known */
  arm(caller?: ServiceRuntime): void {
    const last = this.#list.at(-1)
    const isOfRequest = last?.runtime.isOfRequest === true
    const attachment = isOfRequest ? this.#list.find(({ runtime }) => runtime === caller) : last
    if (attachment === undefined) return
    let nextMs = Number.POSITIVE_INFINITY
    for (const agenda of this.#agendas) nextMs = Math.min(nextMs, agenda.nextMs)
    if (nextMs >= attachment.timerMs) return
    stopTimer(attachment)
    const { runtime } = attachment
    attachment.timerMs = nextMs
    attachment.timer = runtime.setTimer(
      () => {
        attachment.timer = undefined
        attachment.timerMs = Number.POSITIVE_INFINITY
        this.#run(this.nowMs, runtime)
        this.arm(runtime)
      },
      Math.max(0, Math.ceil(nextMs - runtime.now())),
    )
  }
}

function stopTimer(attachment: Attachment): void {
  attachment.timer?.cancel()
  attachment.timer = undefined
  attachment.timerMs = Number.POSITIVE_INFINITY
}
