import type { ServiceTimeouts } from '../algorithms/service/service-options.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { ForwardFilter, type ServiceProvider } from './forward-filter.ts'
import { ForwardPosition } from './forward-position.ts'
import { invalidArgument } from './invalid-argument.ts'

export interface ForwardOptions {
  /**
   * `request`: a connection is taken for each request and free again behind its answer, for whoever comes next. `session`:
   * a client connection has connections of its own, and stays with the target that has answered it for as long as that is
   * available; for upstreams that tie something to a connection.
   * @default 'request'
   */
  readonly checkout?: 'request' | 'session'
  /** How long targets are waited for here, where it is not as long as the service says. @default those of the service */
  readonly timeouts?: ServiceTimeouts | undefined
  /**
   * Whether CONNECT goes to a target as other requests do, for targets that are proxies themselves: which places they open
   * tunnels to is theirs to say. Without it, CONNECT is refused with 501 (METHOD_NOT_SUPPORTED).
   * @default false
   */
  readonly allowConnect?: boolean
}

/**
 * Sends each request to one of the targets of a service, and gives its answer: what muxHTTP and connect do together, with
 * a balancer before them, and another target when one fails.
 *
 * The target is the one that the service's stickiness finds, else the balancer's choice; its connections are shared by all
 * who use the service here. A request that fails before its answer begins goes to another target for the reasons in
 * `retry.on`, up to `retry.attempts` times and within the budget; to none twice while another that is available was not
 * tried, and to backups when all others were. It must be safe: everything that came of the request is still held
 * (`retry.maxReplayBytes`), and either nothing of it can have reached a target, or its method is among `retry.methods`. What
 * the client gets is the answer of one target, whole; one that breaks off breaks off for the client. A protocol that was
 * switched to stays with its target.
 *
 * Answers of its own: 503 when the service takes no more (QUEUE_FULL) or has nobody to send it to (NO_TARGET, with its
 * name), and 502, 503 or 504 for the last failure. A target may be whatever `connect` takes.
 * @param service a Service, or a function of the context that gives one or a promise of one
 * @throws INVALID_ARGUMENT for what is neither, for an unknown `checkout`, and an `allowConnect` that is not true or false
 */
export function forward<V = Variables>(service: ServiceProvider<V>, options: ForwardOptions = {}): FilterRecipe<V> {
  const { checkout = 'request', timeouts, allowConnect = false } = options
  if (checkout !== 'request' && checkout !== 'session') {
    throw invalidArgument('forward', 'checkout must be "request" or "session"', checkout)
  }
  if (typeof allowConnect !== 'boolean') {
    throw invalidArgument('forward', 'allowConnect must be true or false', allowConnect)
  }
  if (typeof service !== 'function' && typeof service?.pick !== 'function') {
    throw invalidArgument('forward', 'it takes a Service, or a function that gives one', service)
  }
  const recipe: FilterRecipe<V> = {
    name: 'forward',
    reads: 'heads',
    acceptsConnect: allowConnect,
    bind: (scope) => {
      const position = new ForwardPosition(scope, { checkout, timeouts, allowConnect })
      // Its checks begin with the proxy, and not with the first request.
      if (typeof service !== 'function') position.poolOf(service)
      scope.onDrain(() => position.drain())
      scope.onStop(() => position.stop())
      return (pipeline) => new ForwardFilter(pipeline, service, position)
    },
  }
  return typeof service === 'function' ? recipe : { ...recipe, label: service.name }
}
