import type { Predicate } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import { type LinkCase, LinkFilter } from './link-filter.ts'
import { invalidArgument } from './invalid-argument.ts'

/**
 * Continues in another pipeline, with the same context: `link('a', whenA, 'b', whenB, 'otherwise')`. At a session's
 * first event other than a flush the first pipeline whose predicate holds is chosen, for the whole session. If none does
 * and there is no default, events are held back and the predicates asked again at each further one.
 *
 * A request of demuxHTTP for which no predicate holds is answered with 500 when it is complete. Holding back too much
 * fails with BUFFER_OVERFLOW, a predicate that throws with CALLBACK_FAILED. Predicates may be asynchronous.
 * @param cases pipelines, each followed by its predicate; the last one may stand alone
 * @throws INVALID_ARGUMENT when a predicate is no function; UNKNOWN_PIPELINE when the proxy is built
 */
export function link<V = Variables>(cases: readonly (PipelineReference<V> | Predicate<V>)[]): FilterRecipe<V> {
  const name = 'link'
  if (cases.length === 0) throw invalidArgument(name, 'it leads to one pipeline at least', 'none')
  const linkCases: LinkCase<V>[] = []
  for (let i = 0; i < cases.length; i += 2) {
    const when = cases[i + 1]
    if (i + 1 < cases.length && typeof when !== 'function') {
      throw invalidArgument(name, `argument #${i + 2} must be a predicate`, when)
    }
    linkCases.push({ reference: cases[i] as PipelineReference<V>, when: when as Predicate<V> | undefined })
  }
  const pipelines = linkCases.map((linkCase) => linkCase.reference)
  return { name, pipelines, reads: 'heads', bind: (scope) => LinkFilter.factory(name, linkCases, scope) }
}
