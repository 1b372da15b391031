/** What happened in one simulated world, and what should not have. */
export class Trace {
  readonly lines: string[] = []
  readonly violations: string[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  note(text: string): void {
    this.lines.push(`${String(Math.round(this.#now())).padStart(7)} ms  ${text}`)
  }

  violate(text: string): void {
    this.violations.push(text)
    this.note(`VIOLATION: ${text}`)
  }
}
