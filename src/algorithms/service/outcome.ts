/**
 * How a request to a target went. `aborted`: it was given up by our side or the client, which says nothing of the target.
 * `latencyMs` is the time from the request to the head of its answer, or to the failure.
 */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly latencyMs: number }
  | { readonly kind: 'connect-failed' | 'reset' | 'timeout' | 'aborted'; readonly latencyMs: number }
