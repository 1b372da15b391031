export interface UntilOptions {
  /** How often it is asked. @default 10 */
  readonly intervalMs?: number
  /** @default 30,000 */
  readonly timeoutMs?: number
}

/**
 * Asks again and again until something holds that no event tells, such as what the machine says about another process.
 * @throws Error with what it was after a time, and what `holds` throws
 */
export function until(what: string, holds: () => boolean, options: UntilOptions = {}): Promise<void> {
  const { intervalMs = 10, timeoutMs = 30_000 } = options
  const endMs = performance.now() + timeoutMs
  return new Promise((resolve, reject) => {
    const ask = (): void => {
      try {
        if (holds()) resolve()
        else if (performance.now() <= endMs) return
        else reject(new Error(`Cannot wait longer until ${what}: ${timeoutMs} ms are over`))
      } catch (error) {
        reject(error as Error)
      }
      clearInterval(asking)
    }
    const asking = setInterval(ask, intervalMs)
    ask()
  })
}
