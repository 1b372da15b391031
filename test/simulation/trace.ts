/** What happened in one simulated world, and what should not have. */
export class Trace {
  readonly violations: string[] = []
  readonly #events: { readonly timeMs: number; readonly text: string }[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** What happened, a line each. */
  get lines(): string[] {
    return this.#events.map(({ timeMs, text }) => `${String(Math.round(timeMs)).padStart(7)} ms  ${text}`)
  }

  note(text: string): void {
    this.#events.push({ timeMs: this.#now(), text })
  }

  violate(text: string): void {
    this.violations.push(text)
    this.note(`VIOLATION: ${text}`)
  }
}
