import type { Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import type { ListenDefinition, ProxyDefinition } from '../engine/proxy-definition.ts'
import { ProxyError } from '../errors.ts'

/** The filters that read the bytes of a connection as HTTP. */
const HTTP_FILTERS: ReadonlySet<string> = new Set(['demuxHTTP', 'serveHTTP', 'decodeHTTPRequest'])

/**
 * The `listen` that takes Requests. One whose bytes go to an upstream as they come is for raw connections: a Request is no
 * sequence of bytes, and an upstream that expects something else than HTTP would be sent nonsense.
 * @param port of the one that is asked for. @default the first one that takes HTTP
 * @throws INVALID_ARGUMENT when there is none; UNSUPPORTED when it takes raw bytes
 */
export function findListener<V = Variables>(definition: ProxyDefinition<V>, port?: number): ListenDefinition<V> {
  const { listeners } = definition
  const candidates = port === undefined ? listeners : listeners.filter((listen) => listen.port === port)
  const found = candidates.find((listen) => !isRaw(listen.filters, definition))
  if (found !== undefined) return found
  const [raw] = candidates
  if (raw !== undefined) {
    const state = `listen ${raw.port} passes bytes on as they come, and Requests are HTTP`
    throw new ProxyError(
      'UNSUPPORTED',
      `Cannot hand requests to the proxy: ${state}; use demuxHTTP in front of connect`,
    )
  }
  const ports = listeners.map((listen) => listen.port).join(', ')
  const state = ports === '' ? 'it listens nowhere' : `it listens on ${ports}`
  throw new ProxyError(
    'INVALID_ARGUMENT',
    `Cannot hand requests to the proxy${port === undefined ? '' : ` on port ${port}`}: ${state}`,
  )
}

/** Whether `connect` is reached and nothing on the way that reads HTTP. */
function isRaw<V>(filters: readonly FilterRecipe<V>[], { pipelines }: ProxyDefinition<V>): boolean {
  const seen = new Set<PipelineReference<V>>()
  const names = new Set<string>()
  const visit = (recipe: FilterRecipe<V>): void => {
    names.add(recipe.name)
    for (const reference of recipe.pipelines ?? []) {
      if (seen.has(reference)) continue
      seen.add(reference)
      const next = typeof reference === 'string' ? (pipelines.get(reference) ?? []) : reference.filters
      for (const reached of next) visit(reached)
    }
  }
  for (const recipe of filters) visit(recipe)
  return names.has('connect') && ![...names].some((name) => HTTP_FILTERS.has(name))
}
