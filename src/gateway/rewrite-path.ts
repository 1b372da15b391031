import type { GatewayAction } from './gateway-configuration.ts'
import type { PathParameters } from './path-pattern.ts'
import { fillPathTemplate } from './fill-path-template.ts'

/**
 * The path that a service gets.
 * @param path normalized, without its query
 */
export function rewritePath(
  path: string,
  { stripPrefix, addPrefix, path: template }: NonNullable<GatewayAction['rewrite']>,
  parameters: PathParameters,
): string {
  if (template !== undefined) return fillPathTemplate(template, parameters)
  if (!path.startsWith('/')) return path
  const rest = stripPrefix === undefined ? path : withoutPrefix(path, stripPrefix)
  return addPrefix === undefined ? rest : `${addPrefix}${rest}`
}

/** In whole segments: `/api` is no prefix of `/apis`. */
function withoutPrefix(path: string, prefix: string): string {
  if (prefix === '/' || !path.startsWith(prefix)) return path
  const rest = path.slice(prefix.length)
  if (rest === '') return '/'
  return rest.startsWith('/') ? rest.replace(/^\/{2,}/, '/') : path
}
