import type { PathParameters } from './path-pattern.ts'

/**
 * Puts what a path gave into a template: `:id` and a last `*`, each a whole segment, become what the route's path gave
 * to them. What it did not give becomes nothing.
 *
 * A path that would begin with two slashes gets one, and backslashes are encoded: browsers would take either for the
 * name of another host.
 */
export function fillPathTemplate(template: string, parameters: PathParameters): string {
  const filled = template
    .split('/')
    .map((segment) => {
      if (segment === '*') return parameters['*'] ?? ''
      return segment.startsWith(':') && segment.length > 1 ? (parameters[segment.slice(1)] ?? '') : segment
    })
    .join('/')
    .replaceAll('\\', '%5C')
  return filled.startsWith('/') ? filled.replace(/^\/{2,}/, '/') : filled
}
