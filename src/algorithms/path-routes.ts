/** A wrapper, so that a rule whose value is undefined is still a rule. */
interface Route<T> {
  readonly value: T
}

/** What lies at and below one path segment. */
interface Segment<T> {
  route: Route<T> | undefined
  children: Map<string, Segment<T>> | undefined
}

/**
 * The path rules of one host: exact paths in one table, prefixes in a tree of whole segments. The tree has no branch
 * that fits several segments, so one way down finds the longest prefix, and it ends at the first segment that no rule
 * names: a long path costs no more than the deepest rule.
 */
export class PathRoutes<T> {
  readonly #exact = new Map<string, Route<T>>()
  readonly #root: Segment<T> = { route: undefined, children: undefined }

  /** Adds a rule for exactly this path. */
  addExact(path: string, value: T): void {
    this.#exact.set(path, { value })
  }

  /** Adds a rule for a path and everything below it. Empty segments of the prefix do not count. */
  addPrefix(prefix: string, value: T): void {
    let segment = this.#root
    for (const name of prefix.split('/')) {
      if (name !== '') segment = childOf(segment, name)
    }
    segment.route = { value }
  }

  /** The exact rule or else that of the longest prefix. @param path begins with `/` and has no query */
  find(path: string): Route<T> | undefined {
    const exact = this.#exact.size === 0 ? undefined : this.#exact.get(path)
    return exact ?? this.#findPrefix(path)
  }

  #findPrefix(path: string): Route<T> | undefined {
    let { route, children } = this.#root
    let start = 1
    while (children !== undefined && start < path.length) {
      const slash = path.indexOf('/', start)
      const end = slash < 0 ? path.length : slash
      const child = children.get(path.slice(start, end))
      if (child === undefined) break
      route = child.route ?? route
      children = child.children
      start = end + 1
    }
    return route
  }
}

function childOf<T>(segment: Segment<T>, name: string): Segment<T> {
  segment.children ??= new Map()
  let child = segment.children.get(name)
  if (child === undefined) segment.children.set(name, (child = { route: undefined, children: undefined }))
  return child
}
