import type { FilterRecipe, Reading } from './filter-recipe.ts'

/** How much filters look at together: as much as the one that looks at most. */
export function readingOf<V>(filters: readonly FilterRecipe<V>[]): Reading {
  let reading: Reading = 'nothing'
  for (const { reads = 'bodies' } of filters) {
    if (reads === 'bodies') return reads
    if (reads === 'heads') reading = reads
  }
  return reading
}
