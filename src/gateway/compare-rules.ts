import { compareRanks } from './compare-ranks.ts'
import type { RouteRule } from './route-rule.ts'

/**
 * The precedence of rules, as an order to sort by. The first that holds is taken. What comes first:
 *
 * 1. the higher `priority`, which is 0 where none is given;
 * 2. a host before a wildcard host before any host;
 * 3. by path, from segment to segment: a text before a parameter before a final `*`, so that an exact path comes before
 *    a prefix and a longer prefix before a shorter one; then a regex; then no path;
 * 4. with a method before without;
 * 5. more header conditions before fewer;
 * 6. more conditions for the query before fewer;
 * 7. the earlier one in the configuration.
 *
 * It is the order of the Kubernetes Gateway API (HTTPRouteMatch), with parameters and a priority added.
 */
export function compareRules(a: RouteRule, b: RouteRule): number {
  return compareRanks(a, b) || a.index - b.index
}
