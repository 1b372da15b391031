/**
 * The kinds of arguments that the methods of a script's configuration take. Each checks a value and gives what the
 * typed method wants in its place: callbacks that know their context, bytes instead of `'16k'`, milliseconds instead
 * of seconds.
 */
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../events.ts'
import { closestName } from './closest-name.ts'
import type { ScriptScope } from './script-scope.ts'
import { readSizeBytes, readTimeMs } from './units.ts'

/** Where an argument stands, and how to refuse what stands there. */
export interface ArgumentPlace {
  readonly scope: ScriptScope
  /** Wraps an inline pipeline's builder for the script. */
  readonly wrapBuilder: (builder: object) => object
  /** INVALID_ARGUMENT: `Cannot configure connect: argument #1 expects …, got …`. */
  refuse(expected: string, value: unknown): Error
  /** The place of one option of an argument that is an object. */
  option(name: string): ArgumentPlace
  /** INVALID_ARGUMENT: `Cannot configure connect: …`. */
  fail(state: string): Error
}

/** Reads one argument. */
export type ArgumentKind = (value: unknown, place: ArgumentPlace) => unknown

type Callback = (event: unknown) => unknown
type Provide = () => unknown

/** A function that gets the event. */
export const callback: ArgumentKind = (value, place) => {
  if (typeof value !== 'function') throw place.refuse('a function', value)
  return place.scope.wrapEventCallback(value as Callback)
}

/** A function without arguments. */
export const predicate: ArgumentKind = (value, place) => {
  if (typeof value !== 'function') throw place.refuse('a function', value)
  return place.scope.wrapProvider(value as Provide)
}

/** A condition that may also be decided when the proxy is described. */
export const condition: ArgumentKind = (value, place) =>
  typeof value === 'function' ? place.scope.wrapProvider(value as Provide) : Boolean(value)

/** Any constant, or a function without arguments that gives it. */
export const provider: ArgumentKind = (value, place) =>
  typeof value === 'function' ? place.scope.wrapProvider(value as Provide) : value

/** A constant string, or a function without arguments that gives it. */
export const textProvider: ArgumentKind = (value, place) => {
  if (typeof value !== 'string' && typeof value !== 'function') throw place.refuse('a string or a function', value)
  return provider(value, place)
}

/** What a filter may output, or a function of the event that gives it. */
export const replacement: ArgumentKind = (value, place) => {
  if (typeof value === 'function') return place.scope.wrapEventCallback(value as Callback)
  if (!isOutput(value)) throw place.refuse('an event, a Message, an array of them or a function', value)
  return value
}

/** A constant Message, or a function of the request that gives one. */
export const handler: ArgumentKind = (value, place) => {
  if (typeof value === 'function') return place.scope.wrapEventCallback(value as Callback)
  if (!(value instanceof Message)) throw place.refuse('a Message or a function', value)
  return value
}

/** A pipeline's name, or a function of a builder that describes one in place: `$ => $.replaceMessage(…)`. */
export const pipeline: ArgumentKind = (value, place) => {
  if (typeof value === 'string') return value
  if (typeof value !== 'function') throw place.refuse('a pipeline name or a function', value)
  const describe = value as (builder: object) => unknown
  return (builder: object) => {
    describe(place.wrapBuilder(builder))
    return builder
  }
}

/** Sizes and times keep what the script wrote in the error. */
export const size: ArgumentKind = (value, place) => {
  const bytes = readSizeBytes(value)
  if (bytes === undefined) throw place.refuse('a number of bytes or a size such as "16k"', value)
  return bytes
}

/** A time in seconds, or with Pipy's suffix; becomes milliseconds. */
export const seconds: ArgumentKind = (value, place) => {
  const timeMs = readTimeMs(value)
  const isMs = typeof value === 'string' && /ms$/i.test(value)
  const hint = isMs ? ' (milliseconds are written as "0.5s"; Pipy takes "500ms" for 500 seconds)' : ''
  if (timeMs === undefined) throw place.refuse(`a number of seconds or a time such as "10s"${hint}`, value)
  return timeMs
}

/** A number. */
export const number: ArgumentKind = (value, place) => {
  if (typeof value !== 'number' || Number.isNaN(value)) throw place.refuse('a number', value)
  return value
}

/** True or false, and nothing that only counts as such. */
export const flag: ArgumentKind = (value, place) => {
  if (typeof value !== 'boolean') throw place.refuse('true or false', value)
  return value
}

/** A string. */
export const text: ArgumentKind = (value, place) => {
  if (typeof value !== 'string') throw place.refuse('a string', value)
  return value
}

/** A string, or false for none. */
export const textOrFalse: ArgumentKind = (value, place) => {
  if (typeof value !== 'string' && value !== false) throw place.refuse('a string or false', value)
  return value
}

/** Several strings. */
export const textList: ArgumentKind = (value, place) => {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw place.refuse('an array of strings', value)
  }
  return value
}

/** What `listen` takes: a port, or an address as text. */
export const port: ArgumentKind = (value, place) => {
  const isPort = typeof value === 'string' || (typeof value === 'number' && !Number.isNaN(value))
  if (!isPort) throw place.refuse('a port or "host:port"', value)
  return value
}

/** An option of Pipy's that has no meaning here: its name is known, its value unused. */
export const unused: ArgumentKind = () => undefined

/** One option: its kind, and its name in the typed options `T` if that differs. */
export type OptionKind<T = Record<string, unknown>> =
  | ArgumentKind
  | readonly [kind: ArgumentKind, typedName: keyof T & string]

/** An object of which each key is an option. */
export function options<T>(kinds: Readonly<Record<string, OptionKind<T>>>): ArgumentKind {
  return (value, place) => {
    if (typeof value !== 'object' || value === null || isEvent(value)) throw place.refuse('an object of options', value)
    const read: Record<string, unknown> = {}
    for (const [name, given] of Object.entries(value as Record<string, unknown>)) {
      if (!Object.hasOwn(kinds, name)) throw place.fail(unknownOption(name, Object.keys(kinds)))
      if (given === undefined || given === null) continue
      const option = kinds[name] as OptionKind
      const [kind, typedName] = typeof option === 'function' ? [option, name] : option
      const result = kind(given, place.option(name))
      if (result !== undefined) read[typedName] = result
    }
    return read
  }
}

function unknownOption(name: string, names: readonly string[]): string {
  const meant = closestName(name, names)
  const hint = meant === undefined ? `the options are ${names.join(', ')}` : `did you mean "${meant}"?`
  return `unknown option "${name}"; ${names.length === 0 ? 'it has none' : hint}`
}

function isOutput(value: unknown): boolean {
  if (value === undefined || value === null || isEvent(value)) return true
  return Array.isArray(value) && value.every((item) => item === undefined || item === null || isEvent(item))
}

function isEvent(value: unknown): boolean {
  const classes = [Message, MessageStart, MessageEnd, Data, StreamEnd]
  return classes.some((event) => value instanceof event)
}
