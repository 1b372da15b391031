import { ProxyError } from '../errors.ts'
import { Data, MessageStart, type Receiver } from '../events.ts'
import { createHeaders } from '../http/header-object.ts'
import { writeResponseHead } from '../http/head-writer.ts'
import type { FieldText } from './field-text.ts'

/** What comes in one piece as a rule. */
const SHORT_BODY_BYTES = 4 * 1024
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
const EMPTY = 'Content-Length: 0\r\n'
const CLOSE = 'Connection: close\r\n'
/** Agreed upon by fetch with its upstream, and not by the client. */
const HANDSHAKE: ReadonlySet<string> = new Set(['sec-websocket-accept', 'sec-websocket-extensions'])
const LAST_CHUNK = Data.latin1('0\r\n\r\n')
const CHUNK_END = Data.latin1('\r\n')

/** What the answer's head does not say. */
export interface DispatchAnswerOptions {
  /** Of the request: an answer to HEAD has no body. */
  readonly method: string
  /** Bodies come without their content coding. */
  readonly isDecoding: boolean
  /** Whether the connection ends behind it. */
  readonly isLast: boolean
  /** Lines of an answer with 101 in place of those that came, each with its line break. */
  readonly upgradeLines?: string
}

/**
 * Writes a Response as an answer of HTTP/1.1: as it came, in the framing in which it came. This is no MessageEncoder, which
 * makes the framing of what scripts answer: an answer to HEAD that tells no length must go on telling none.
 */
export class DispatchAnswer {
  /** Whether the body that is read goes out. */
  readonly hasBody: boolean
  readonly #output: Receiver
  readonly #isChunked: boolean
  #remaining = 0
  /** A head that waits for the body. */
  #head: Data | undefined

  /**
   * Writes the head.
   * @throws INVALID_OUTPUT when the head cannot be written; LENGTH_MISMATCH when there is no body for its length
   */
  constructor(response: Response, options: DispatchAnswerOptions, text: FieldText, output: Receiver) {
    const { status, statusText } = response
    const { method, isDecoding, isLast, upgradeLines } = options
    const headers = createHeaders()
    for (const [name, value] of response.headers) {
      if (upgradeLines !== undefined && HANDSHAKE.has(name)) continue
      if (name !== 'set-cookie') headers[name] = text.toHead(value)
    }
    const cookies = response.headers.getSetCookie()
    if (cookies.length > 0) headers['set-cookie'] = cookies.map((cookie) => text.toHead(cookie))
    if (isDecoding && response.body !== null && headers['content-encoding'] !== undefined) {
      delete headers['content-encoding']
      delete headers['content-length']
    }
    const declared = readLength(headers['content-length'])
    this.#output = output
    const isBodiless = method === 'HEAD' || status === 304
    const isEmpty = status < 200 || status === 204 || status === 205 || response.body === null
    this.hasBody = !isBodiless && !isEmpty
    this.#isChunked = this.hasBody && declared === undefined
    if (this.hasBody) this.#remaining = declared ?? 0
    else if (!isBodiless && status !== 204 && status >= 200 && (declared ?? 0) > 0) throw mismatch(declared as number)
    const framing = isBodiless || (this.hasBody && !this.#isChunked) ? undefined : framingOf(status, this.#isChunked)
    const head = statusText === '' ? { status, headers } : { status, statusText: text.toHead(statusText), headers }
    const added = (upgradeLines ?? '') + (isLast ? CLOSE : '')
    this.#head = Data.latin1(writeResponseHead(new MessageStart(head as object), { framing, added }))
    // A short body follows at once: with its head in one turn it needs no stream on its way to the client.
    const isShort = this.hasBody && !this.#isChunked && this.#remaining <= SHORT_BODY_BYTES
    if (!isShort) this.writeHead()
  }

  /** Whether the head waits for the body: whoever reads that sends the head on when the body keeps waiting. */
  get isHeadHeld(): boolean {
    return this.#head !== undefined
  }

  /** Whether the body has come to the length that the head says. */
  get isWhole(): boolean {
    return this.hasBody && !this.#isChunked && this.#remaining === 0
  }

  /** Writes on. @throws LENGTH_MISMATCH when the body is longer than the head says */
  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.writeHead()
    const data = Data.view(bytes, 0, bytes.length, 'owned')
    if (this.#isChunked) {
      this.#output.process(Data.latin1(`${bytes.length.toString(16)}\r\n`))
      this.#output.process(data)
      this.#output.process(CHUNK_END)
      return
    }
    this.#remaining -= bytes.length
    if (this.#remaining < 0) throw mismatch(this.#remaining)
    this.#output.process(data)
  }

  /** Ends the body. @throws LENGTH_MISMATCH when it is shorter than the head says */
  end(): void {
    this.writeHead()
    if (this.#isChunked) this.#output.process(LAST_CHUNK)
    else if (this.#remaining > 0) throw mismatch(this.#remaining)
  }

  /** Writes the head, if that waits. */
  writeHead(): void {
    const head = this.#head
    this.#head = undefined
    if (head !== undefined) this.#output.process(head)
  }
}

/** RFC 9110 8.6: no Content-Length in 1xx and 204; 15.3.6: a 205 says that it has no body. */
function framingOf(status: number, isChunked: boolean): string {
  if (isChunked) return CHUNKED
  return status < 200 || status === 204 ? '' : EMPTY
}

function readLength(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d+$/.test(value)) return undefined
  const length = Number(value)
  return Number.isSafeInteger(length) ? length : undefined
}

function mismatch(missing: number): ProxyError {
  const state = missing < 0 ? `${-missing} bytes more` : `${missing} bytes less`
  const text = `Cannot pass on body: it has ${state} than its Content-Length says`
  return new ProxyError('LENGTH_MISMATCH', text, { source: 'upstream' })
}
