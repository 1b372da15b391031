import type { GatewayProblem } from './gateway-problem.ts'

const MAX_CHARACTERS = 60

/** A problem as one line, with the field's path and its value: `routes[0].service is "apii": there is no such service`. */
export function describeProblem({ path, text, value }: GatewayProblem): string {
  const field = formatPath(path)
  return `${field} ${value === undefined ? 'is missing' : `is ${quote(value)}`}: ${text}`
}

function formatPath(path: GatewayProblem['path']): string {
  if (path.length === 0) return 'the configuration'
  return path
    .map((key, i) => {
      if (typeof key === 'string' && /^[A-Za-z_$][\w$]*$/.test(key)) return i === 0 ? key : `.${key}`
      return `[${JSON.stringify(key)}]`
    })
    .join('')
}

function quote(value: unknown): string {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return `a ${typeof value}`
  if (typeof value === 'number') return String(value)
  const text = toJson(value)
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text
}

/** A value that refers to itself has no text. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value
  } catch {
    return 'an object'
  }
}
