import type { Target } from '../../algorithms/service/target.ts'
import type { Context, Variables } from '../../engine/context.ts'
import type { MessageStart } from '../../events.ts'

/** What a request says of the target that it belongs to. */
export interface StickyMark {
  /** For `service.pick`, when there is no target: what a keyed balancer places the request by. */
  readonly key: string | undefined
  /** Where the request has to go: it may get requests now. Undefined for one that is free, or has to go elsewhere. */
  readonly target: Target | undefined
}

/** How the requests of one service stick to their targets. */
export interface Sticky {
  /**
   * Reads where a request belongs. A promise only when a function gives one, or when a cookie must be verified or signed
   * first; a cookie that was seen before needs none. Never rejects but with what the user's function throws.
   */
  read(start: MessageStart, context: Context<Variables>): StickyMark | Promise<StickyMark>
  /**
   * The answer of a target begins: the client stays with it from now on. Call it for every answer; at once with the head.
   * @returns the value of a Set-Cookie line to add to the answer, if there is something to tell
   */
  stick(mark: StickyMark, target: Target): string | undefined
}
