import { ProxyError } from '../errors.ts'
import { Data } from '../events.ts'
import { toSafeObjects } from './safe-object.ts'

type Reviver = (this: unknown, key: string, value: unknown) => unknown
type Replacer = ((this: unknown, key: string, value: unknown) => unknown) | (string | number)[] | null

function parse(text: unknown, reviver?: Reviver): unknown {
  try {
    return toSafeObjects(JSON.parse(String(text), reviver) as unknown)
  } catch {
    return undefined
  }
}

function stringify(value: unknown, replacer?: Replacer, space?: string | number): string | undefined {
  return JSON.stringify(value, replacer as (string | number)[], space) as string | undefined
}

function decode(data: unknown): unknown {
  if (data === undefined || data === null) return undefined
  if (!(data instanceof Data)) {
    throw new ProxyError('INVALID_ARGUMENT', `Cannot decode JSON: argument #1 expects a Data, got ${typeof data}`)
  }
  const text = data.toString()
  return text === undefined ? undefined : parse(text)
}

function encode(value: unknown, replacer?: Replacer, space?: string | number): Data | undefined {
  const text = stringify(value, replacer, space)
  return text === undefined ? undefined : new Data(text)
}

/**
 * `JSON` as scripts see it: the standard functions, and `decode(Data)` and `encode(value)` → Data. As in Pipy, invalid
 * input gives undefined and never throws. Decoded objects inherit nothing (see safe-object.ts).
 */
export const scriptJSON = Object.freeze({ parse, stringify, decode, encode })
