const MAX_FAILURES = 10

/** What became of the clients' requests. */
export class ClientTally {
  /** Right answers. */
  right = 0
  /** Answers of status 5xx, by status. */
  readonly serverErrors: Record<string, number> = {}
  /** Answers that are not the ones that the upstream gave. */
  wrong = 0
  /** Requests without an answer. */
  lost = 0
  /** How often a client left. */
  departures = 0
  /** The first of those that failed, as they look. */
  readonly failures: string[] = []

  addRight(): void {
    this.right++
  }

  addFailed(status: number, text: string): void {
    if (status < 500) return this.addWrong(text)
    this.serverErrors[status] = (this.serverErrors[status] ?? 0) + 1
    this.#show(text)
  }

  addWrong(text: string): void {
    this.wrong++
    this.#show(text)
  }

  addLost(text: string): void {
    this.lost++
    this.#show(text)
  }

  #show(text: string): void {
    if (this.failures.length < MAX_FAILURES) this.failures.push(text)
  }
}
