/** How requests share a session. */
export interface SessionOptions<Env = unknown> {
  /**
   * Tells the session of a request: by a cookie, a field, `cf-connecting-ip`. Requests with the same key share the
   * variables; one without a key has a session of its own. Whoever knows a key is in the session: a key that clients
   * choose must not be guessable.
   */
  key(request: Request, env: Env): string | undefined
  /** Sessions of an isolate; beyond, the one used least recently ends. @default LIMITS.maxKeptSessions, 10,000 */
  readonly maxSessions?: number
  /**
   * A session that had no request for this time ends, when the next request of any session comes: no timer runs between
   * two requests. @default LIMITS.maxKeptIdleMs, 600,000
   */
  readonly maxIdleMs?: number
}
