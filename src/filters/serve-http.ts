import type { Variables } from '../engine/context.ts'
import type { Context } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { ProxyError } from '../errors.ts'
import { Message } from '../events.ts'
import { demuxHTTP } from './demux-http.ts'
import { replaceMessage } from './replace-message.ts'

/** Answers a request: always the same, or by a function of it, that may be async. */
export type HttpHandler<V = Variables> =
  | Message
  | ((request: Message, context: Context<V>) => Message | null | undefined | Promise<Message | null | undefined>)

/**
 * An HTTP server in one filter: each request, collected whole, is answered by the handler. It is demuxHTTP with a
 * pipeline of one replaceMessage.
 * @param handler a Message, or a function that gives one; nothing is an empty 200, as in Pipy. One that throws is a 500
 * @throws INVALID_ARGUMENT for anything else
 */
export function serveHTTP<V = Variables>(handler: HttpHandler<V>): FilterRecipe<V> {
  if (!(handler instanceof Message) && typeof handler !== 'function') {
    throw new ProxyError('INVALID_ARGUMENT', `Cannot serve ${typeof handler}: expected a Message or a function`)
  }
  const answer = typeof handler === 'function' ? orEmpty(handler) : handler
  const { bind } = demuxHTTP<V>({ filters: [replaceMessage<V>(answer)] })
  return { name: 'serveHTTP', reads: 'nothing', bind }
}

function orEmpty<V>(handler: Exclude<HttpHandler<V>, Message>): Exclude<HttpHandler<V>, Message> {
  return (request, context) => {
    const answer = handler(request, context)
    return answer instanceof Promise
      ? answer.then((message) => message ?? new Message({ status: 200 }))
      : (answer ?? new Message({ status: 200 }))
  }
}
