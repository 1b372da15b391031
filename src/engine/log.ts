/** Where Sluice writes what happens; adapters give one. */
export interface Log {
  /** Something broke: the user's code, or a promise of Sluice. `error` carries the location and the cause. */
  error(message: string, error?: unknown): void
  /** Something is wrong outside: an upstream that fails, a client that breaks the protocol. */
  warn(message: string, error?: unknown): void
  /** What `print`, `dump` and scripts write, and the milestones of the proxy's life. */
  info(message: string): void
  /** What helps to find an error in a proxy; `error` is one that was answered for. */
  debug(message: string, error?: unknown): void
}
