import { URLRouter } from '../../src/algorithms/url-router.ts'
import { parseTarget } from '../../src/engine/parse-target.ts'
import { ProxyError } from '../../src/errors.ts'

const EXAMPLE = '{"/*":"127.0.0.1:8080","/hi/*":"http://127.0.0.1:8081"}'
/** Of a value in a message: whatever it is, the message stays readable. */
const MAX_QUOTED_LENGTH = 200

/**
 * Reads routes from a variable of a Worker: targets by URL pattern, as JSON text or, from a table in `wrangler.toml`, as an
 * object. Each pattern is one that `algo.URLRouter` takes, each target one that `connect` takes.
 * @param value what `env` has
 * @param name of the variable, for messages. @default 'ROUTES'
 * @throws INVALID_ARGUMENT with the value quoted, and what is expected
 */
export function readRoutes(value: unknown, name = 'ROUTES'): Record<string, string> {
  if (value === undefined) throw refuse(name, 'it is not set')
  const quoted = quote(value)
  const routes = typeof value === 'string' ? parse(value, name, quoted) : value
  if (typeof routes !== 'object' || routes === null || Array.isArray(routes)) {
    throw refuse(`${name} ${quoted}`, 'it is no object')
  }
  const entries = Object.entries(routes as Record<string, unknown>)
  if (entries.length === 0) throw refuse(`${name} ${quoted}`, 'it has no route')
  for (const [pattern, target] of entries) check(pattern, target, `${name} ${quoted}`)
  return Object.fromEntries(entries) as Record<string, string>
}

function parse(text: string, name: string, quoted: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw refuse(`${name} ${quoted}`, `it is no JSON (${(error as Error).message})`, error)
  }
}

function check(pattern: string, target: unknown, subject: string): void {
  try {
    new URLRouter({ [pattern]: target })
    if (typeof target !== 'string') throw new Error(`the target of "${pattern}" is ${quote(target)} and no text`)
    parseTarget(target)
  } catch (error) {
    throw refuse(subject, (error as Error).message, error)
  }
}

function quote(value: unknown): string {
  const text = typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? String(value))
  return text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}…` : text
}

function refuse(subject: string, state: string, cause?: unknown): ProxyError {
  const text = `Cannot read ${subject}: ${state}; expected targets by URL pattern, as in ${EXAMPLE}`
  return new ProxyError('INVALID_ARGUMENT', text, { cause })
}
