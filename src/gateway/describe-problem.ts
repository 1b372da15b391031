import type { GatewayProblem } from './gateway-problem.ts'
import { HIDDEN, isSecretName } from './secret-names.ts'

const MAX_CHARACTERS = 60

/**
 * A problem as one line, with the field's path and its value: `routes[0].service is "apii": there is no such service`. What
 * is probably a secret is not shown.
 */
export function describeProblem({ path, text, value }: GatewayProblem): string {
  const field = formatPath(path)
  const name = path.findLast((key) => typeof key === 'string') ?? ''
  const shown = isSecretName(name) ? withoutSecret(value) : value
  return `${field} ${value === undefined ? 'is missing' : `is ${shown === HIDDEN ? HIDDEN : quote(shown)}`}: ${text}`
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
    return JSON.stringify(value, hideSecrets) ?? typeof value
  } catch {
    return 'an object'
  }
}

function hideSecrets(key: string, value: unknown): unknown {
  return isSecretName(key) ? withoutSecret(value) : value
}

/** What stands under a secret's name; that of a variable is none. */
function withoutSecret(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecret)
  const isReference = typeof value === 'object' && value !== null && 'env' in value
  return isReference || typeof value === 'boolean' ? value : HIDDEN
}
