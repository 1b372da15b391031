import type { TargetInit } from './target-init.ts'

/** A list, and how long it is good for. */
export interface FoundTargets {
  readonly targets: readonly TargetInit[]
  /** When a function that gave this is to be called again: the time to live of a DNS answer. @default `intervalMs` */
  readonly refreshMs?: number | undefined
  /** Why the list is empty, for the message that refuses it: `the name does not exist`. */
  readonly note?: string | undefined
}

/**
 * What a source gives: the whole list as it is now, never a difference. An Error in its place says that there is no good
 * list this time; the source goes on by itself.
 */
export type TargetUpdate = readonly TargetInit[] | FoundTargets | Error

/**
 * Gives the list of this moment, or everything from this moment on. `signal` is aborted when nobody waits for it any
 * more. A generator function is one: `async function* (signal) { … }`.
 */
export type FindTargets = (signal: AbortSignal) => TargetUpdate | Promise<TargetUpdate> | AsyncIterable<TargetUpdate>

/**
 * Where targets come from: an iterable that gives a list whenever it is another one, or a function that is asked at an
 * interval. `description` is for messages: `DNS A of "web.example"`.
 */
export type TargetSource = (AsyncIterable<TargetUpdate> | FindTargets) & { readonly description?: string }
