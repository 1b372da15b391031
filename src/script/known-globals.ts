import { SCRIPT_GLOBAL_NAMES } from './script-global-names.ts'

const LANGUAGE = `
  undefined NaN Infinity globalThis
  Array BigInt Boolean Date Function Iterator Math Number Object Proxy Reflect RegExp String Symbol
  Map Set WeakMap WeakRef WeakSet FinalizationRegistry
  ArrayBuffer SharedArrayBuffer Atomics DataView Float32Array Float64Array Int8Array Int16Array Int32Array
  BigInt64Array BigUint64Array Uint8Array Uint8ClampedArray Uint16Array Uint32Array
  Promise Intl WebAssembly
  Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError
  parseInt parseFloat isFinite isNaN decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape`

/** What Node 20, Deno, Bun and Workers share. */
const WEB = `
  AbortController AbortSignal Blob CompressionStream DecompressionStream DOMException Event EventTarget File FormData
  Headers ReadableStream Request Response TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream
  URL URLSearchParams WebSocket WritableStream
  atob btoa clearInterval clearTimeout crypto fetch performance structuredClone`

const MISSING = `
  Hessian IP IPEndpoint IPMask Netmask Session Timeout XML YAML http logging print protobuf repeat sqlite stats zlib`

/** Standard names of the language and the Web that a script may use, and what Sluice adds to them. */
export const KNOWN_GLOBALS: ReadonlySet<string> = new Set([
  ...wordsOf(LANGUAGE),
  ...wordsOf(WEB),
  ...SCRIPT_GLOBAL_NAMES,
])

/** Globals of Pipy that Sluice does not have: they are told apart from misspelt variables. */
export const MISSING_GLOBALS: ReadonlySet<string> = new Set(wordsOf(MISSING))

function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/)
}
