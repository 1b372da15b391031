import type { StickyByAddress, StickyByFunction, StickyByHeader } from '../../algorithms/service/sticky-options.ts'
import type { Context, Variables } from '../../engine/context.ts'
import type { MessageStart } from '../../events.ts'
import { requestField } from './request-field.ts'

/** Gives the key of a request; undefined or an empty text for one that sticks to nothing. */
export type KeyReader = (
  start: MessageStart,
  context: Context<Variables>,
) => string | undefined | Promise<string | undefined>

/** How the key of a request is found. */
export function keyReader(options: StickyByHeader | StickyByAddress | StickyByFunction): KeyReader {
  if (options.by === 'address') return (_, context) => context.__inbound?.remoteAddress
  if (options.by === 'header') {
    const name = options.name.toLowerCase()
    return (start) => requestField(start, name)
  }
  return (start, context) => options.by(start, context)
}
