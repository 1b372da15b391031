import type { Agenda, AgendaEntry } from './agenda.ts'
import type { Target } from './target.ts'

/** What a target begins with, of its weight. */
const FIRST_SHARE = 0.1
const STEPS = 20

/** Lets the weight of targets grow from a tenth to all of it. */
export class SlowStart {
  readonly #agenda: Agenda
  readonly #durationMs: number
  readonly #onChanged: (target: Target) => void
  readonly #starting = new Map<Target, AgendaEntry>()

  /**
   * @param durationMs 0 for none
   * @param onChanged told with each step
   */
  constructor(agenda: Agenda, durationMs: number, onChanged: (target: Target) => void) {
    this.#agenda = agenda
    this.#durationMs = durationMs
    this.#onChanged = onChanged
  }

  /** A target has come, or come back. Whoever calls this sees to it that its weight is looked at. */
  begin(target: Target, nowMs: number): void {
    if (this.#durationMs === 0) return
    this.end(target)
    target.startShare = FIRST_SHARE
    this.#next(target, nowMs, nowMs)
  }

  /** It is gone, or is given nothing any more. */
  end(target: Target): void {
    this.#agenda.remove(this.#starting.get(target))
    this.#starting.delete(target)
    target.startShare = 1
  }

  #next(target: Target, startMs: number, nowMs: number): void {
    const endMs = startMs + this.#durationMs
    const step = (time: number): void => {
      // By the time itself: rounded, the share at the end may be a hair less than 1, and the end would never come.
      if (time >= endMs) this.end(target)
      else {
        target.startShare = Math.max(FIRST_SHARE, (time - startMs) / this.#durationMs)
        this.#next(target, startMs, time)
      }
      this.#onChanged(target)
    }
    const atMs = Math.min(endMs, nowMs + this.#durationMs / STEPS)
    this.#starting.set(target, this.#agenda.add(atMs, step))
  }
}
