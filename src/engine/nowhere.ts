import type { Receiver, Source } from '../events.ts'

/** Where events go that nobody wants, and the source of a pipeline that nobody feeds. */
export const NOWHERE: Receiver & Source = {
  process(): void {},
  pause(): void {},
  resume(): void {},
}
