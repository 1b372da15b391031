import type { Predicate } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import { type LinkCase, LinkFilter } from './link-filter.ts'
import { invalidArgument } from './invalid-argument.ts'

const PASS_EVERYTHING = ''

/**
 * Continues in another pipeline, with the same context: `branch(whenA, 'a', whenB, 'b', 'otherwise')`. The same as
 * {@link link} with the arguments in Pipy's later order. A condition that is no function is decided now: a false one
 * takes its pipeline away, a true one makes it the last. If that leaves nothing, all events pass.
 * @param cases conditions, each followed by its pipeline; a last pipeline may stand alone
 * @throws INVALID_ARGUMENT when there is no pipeline; UNKNOWN_PIPELINE when the proxy is built
 */
export function branch<V = Variables>(
  cases: readonly (PipelineReference<V> | Predicate<V> | boolean)[],
): FilterRecipe<V> {
  const name = 'branch'
  if (cases.length === 0) throw invalidArgument(name, 'it leads to one pipeline at least', 'none')
  const linkCases = decide(cases)
  const pipelines = linkCases.map((linkCase) => linkCase.reference)
  return { name, pipelines, reads: 'heads', bind: (scope) => LinkFilter.factory(name, linkCases, scope) }
}

function decide<V>(cases: readonly (PipelineReference<V> | Predicate<V> | boolean)[]): LinkCase<V>[] {
  const decided: LinkCase<V>[] = []
  for (let i = 0; i < cases.length; i += 2) {
    const isDefault = i + 1 === cases.length
    const condition = isDefault || cases[i]
    const reference = cases[isDefault ? i : i + 1] as PipelineReference<V>
    if (typeof condition === 'function') {
      decided.push({ reference, when: condition })
    } else if (condition) {
      decided.push({ reference, when: undefined })
      return decided
    }
  }
  return decided.length > 0 ? decided : [{ reference: PASS_EVERYTHING, when: undefined }]
}
