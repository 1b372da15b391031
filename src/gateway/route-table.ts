import { compareRules } from './compare-rules.ts'
import { matchHost } from './match-host.ts'
import { matchRule } from './match-rule.ts'
import type { PathParameters } from './path-pattern.ts'
import type { RouteRule } from './route-rule.ts'
import type { RoutedRequest } from './routed-request.ts'

/** The rule that takes a request, and what the path gave to its names. */
export interface RuleMatch {
  readonly rule: RouteRule
  readonly parameters: PathParameters
}

/** All rules in their order, and by host those that can hold at all. */
export class RouteTable {
  /** In the order in which they are tried. */
  readonly rules: readonly RouteRule[]
  readonly #byHost = new Map<string, readonly RouteRule[]>()
  /** Those for hosts that no rule names. */
  readonly #others: readonly RouteRule[]

  constructor(rules: readonly RouteRule[]) {
    this.rules = rules.toSorted(compareRules)
    for (const { host } of rules) {
      if (host === undefined || host.isWildcard || this.#byHost.has(host.name)) continue
      this.#byHost.set(
        host.name,
        this.rules.filter((rule) => rule.host === undefined || matchHost(rule.host, host.name)),
      )
    }
    this.#others = this.rules.filter(({ host }) => host === undefined || host.isWildcard)
  }

  /** The first rule that holds; undefined when none does. */
  find(request: RoutedRequest): RuleMatch | undefined {
    for (const rule of this.#byHost.get(request.host) ?? this.#others) {
      const parameters = matchRule(rule, request)
      if (parameters !== undefined) return { rule, parameters }
    }
    return undefined
  }
}
