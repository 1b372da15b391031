/** The trailer section of a chunked message (RFC 9112 7.1.2, RFC 9110 6.5). */
import { ProxyError } from '../errors.ts'
import type { Headers } from '../events.ts'
import { createHeaders } from './header-object.ts'

const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)[ \t]*$/

/**
 * Fields that must not come so late: they frame, route, authenticate or describe what has been passed on already, or say
 * whom it comes from. Servers that take trailers for header fields would believe them.
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'max-forwards',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
])

/**
 * Reads trailer lines, each with its line break.
 * @returns undefined when there are none
 * @throws MALFORMED_TRAILER for a line that is no field, and for fields that must not be trailers
 */
export function parseTrailers(text: string): Headers | undefined {
  if (text === '') return undefined
  const trailers = createHeaders()
  for (const line of text.slice(0, -2).split('\r\n')) {
    const [, given = '', value = ''] = LINE.exec(line) ?? []
    const name = given.toLowerCase()
    if (name === '') {
      throw new ProxyError('MALFORMED_TRAILER', `Cannot read trailer line ${JSON.stringify(line.slice(0, 64))}`)
    }
    if (FORBIDDEN.has(name)) {
      throw new ProxyError('MALFORMED_TRAILER', `Cannot take "${name}" as a trailer: it is not allowed there`)
    }
    const earlier = trailers[name]
    trailers[name] = earlier === undefined ? value : `${String(earlier)}, ${value}`
  }
  return trailers
}

/** The trailer section as text, its empty line included. Fields that must not be trailers are left out. */
export function writeTrailers(trailers: Headers | undefined): string {
  let text = ''
  for (const name in trailers) {
    const value = trailers[name]
    if (value === undefined || FORBIDDEN.has(name.toLowerCase())) continue
    const line = `${name}: ${String(value)}`
    if (!LINE.test(line)) {
      throw new ProxyError(
        'INVALID_OUTPUT',
        `Cannot send trailer ${JSON.stringify(line.slice(0, 100))}: it is no header line`,
      )
    }
    text += `${line}\r\n`
  }
  return `${text}\r\n`
}
