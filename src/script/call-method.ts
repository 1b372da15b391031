import { ProxyError } from '../errors.ts'
import { type ArgumentKind, type ArgumentPlace, size } from './argument-kinds.ts'
import { closestName } from './closest-name.ts'
import { FILTER_METHODS, MISSING_METHODS, type ScriptMethod } from './filter-methods.ts'
import { createFluent } from './fluent.ts'
import type { ScriptScope } from './script-scope.ts'

type Methods = Readonly<Record<string, ScriptMethod>>

/**
 * Calls the typed method that stands behind a script's method, with the arguments in their typed form.
 * @param target a Configuration, or the builder of an inline pipeline
 * @throws INVALID_ARGUMENT for arguments and options of the wrong type or number, and for unknown methods;
 * UNSUPPORTED for those that only Pipy has
 */
export function callMethod(
  target: object,
  methods: Methods,
  name: string,
  values: unknown[],
  scope: ScriptScope,
): void {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined
  if (method === undefined) throw unknownMethod(name, methods)
  const typed = method.typed ?? name
  const read = readArguments(name, method, values, scope)
  ;(target as Readonly<Record<string, (...values: unknown[]) => unknown>>)[typed]?.(...read)
}

function readArguments(name: string, method: ScriptMethod, values: unknown[], scope: ScriptScope): unknown[] {
  const given = dropAbsent(values)
  const hasLimit = method.hasLimit === true && (typeof given[0] === 'number' || typeof given[0] === 'string')
  if (!hasLimit) return readEach(name, method, given, 0, scope)
  const maxBodyBytes = size(given[0], placeOf(name, 'argument #1', scope))
  const [first, rest] = readEach(name, method, given.slice(1), 1, scope)
  return [first, { maxBodyBytes, ...(rest as object | undefined) }]
}

/** @param offset of the first value among the arguments that the script wrote */
function readEach(
  name: string,
  method: ScriptMethod,
  values: unknown[],
  offset: number,
  scope: ScriptScope,
): unknown[] {
  const kinds = kindsOf(method, values.length)
  if (values.length > kinds.length) {
    throw failure(name, `it takes at most ${kinds.length + offset} arguments, got ${values.length + offset}`)
  }
  const required = method.required ?? kinds.length
  return kinds.slice(0, Math.max(values.length, required)).map((kind, i) => {
    const isAbsent = i >= required && (values[i] === undefined || values[i] === null)
    return isAbsent ? undefined : kind(values[i], placeOf(name, `argument #${i + 1 + offset}`, scope))
  })
}

function kindsOf(method: ScriptMethod, count: number): readonly ArgumentKind[] {
  const kinds = method.arguments
  if (typeof kinds !== 'function') return kinds
  const needed = Math.max(count, method.required ?? 0)
  return Array.from({ length: needed }, (_, i) => kinds(i, needed))
}

/** In Pipy trailing undefined and null count as not given. */
function dropAbsent(values: unknown[]): unknown[] {
  return values.slice(0, values.findLastIndex((value) => value !== undefined && value !== null) + 1)
}

function placeOf(name: string, subject: string, scope: ScriptScope): ArgumentPlace {
  return {
    scope,
    wrapBuilder: (builder) =>
      createFluent((method, values) => callMethod(builder, FILTER_METHODS, method, values, scope)),
    refuse: (expected, value) => failure(name, `${subject} expects ${expected}, got ${describe(value)}`),
    option: (option) => placeOf(name, `option "${option}"`, scope),
    fail: (state) => failure(name, state),
  }
}

function failure(name: string, state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot configure ${name}: ${state}`)
}

function unknownMethod(name: string, methods: Methods): ProxyError {
  if (MISSING_METHODS.has(name)) {
    return new ProxyError('UNSUPPORTED', `Cannot call filter "${name}": Sluice does not have this filter of Pipy`)
  }
  const meant = closestName(name, Object.keys(methods))
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  return new ProxyError('INVALID_ARGUMENT', `Cannot call filter "${name}": unknown filter${hint}`)
}

function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `string ${JSON.stringify(value)}`
    case 'number':
    case 'boolean':
      return `${typeof value} ${String(value)}`
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? 'an array' : 'an object'
    default:
      return typeof value
  }
}
