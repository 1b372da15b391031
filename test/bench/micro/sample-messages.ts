/** A message that contests read and write: its head, its body in the pieces in which it is sent, and how that is framed. */
export interface SampleMessage {
  readonly title: string
  /** Method and target, or status and its text. */
  readonly start: readonly [string, string]
  /** Without those that tell the body's length. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly pieces: readonly Buffer[]
  readonly isChunked: boolean
  readonly isRequest: boolean
}

const KIB = 1024

/** What a browser asks. */
export const BROWSER_REQUEST: SampleMessage = {
  title: 'a GET with 7 fields',
  isRequest: true,
  start: ['GET', '/hi/there?name=value'],
  fields: [
    ['Host', 'www.example.org:8000'],
    ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
    ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['Accept-Language', 'en-US,en;q=0.5'],
    ['Accept-Encoding', 'gzip, deflate, br, zstd'],
    ['Cookie', 'session=0123456789abcdef; theme=dark'],
    ['Connection', 'keep-alive'],
  ],
  pieces: [],
  isChunked: false,
}

/** What a program sends. */
export const UPLOAD: SampleMessage = {
  title: 'a POST of 1 KiB',
  isRequest: true,
  start: ['POST', '/api/orders'],
  fields: [
    ['Host', 'www.example.org:8000'],
    ['User-Agent', 'client/1.0'],
    ['Content-Type', 'application/json'],
    ['Authorization', 'Bearer 0123456789abcdef'],
  ],
  pieces: [makePiece(KIB)],
  isChunked: false,
}

const ANSWER = {
  isRequest: false,
  start: ['200', 'OK'],
  fields: [
    ['Server', 'nginx/1.22.1'],
    ['Date', 'Wed, 25 Nov 2026 02:24:54 GMT'],
    ['Content-Type', 'text/html; charset=utf-8'],
    ['Cache-Control', 'max-age=60'],
    ['ETag', '"0123456789abcdef"'],
  ],
} as const

/** An answer whose head tells its length. */
export const LENGTH_ANSWER: SampleMessage = {
  ...ANSWER,
  title: 'an answer of 4 KiB, its length told',
  pieces: [makePiece(4 * KIB)],
  isChunked: false,
}

/** An answer as a program makes it that does not know its length. */
export const CHUNKED_ANSWER: SampleMessage = {
  ...ANSWER,
  title: 'an answer of 4 KiB in 4 chunks',
  pieces: Array.from({ length: 4 }, () => makePiece(KIB)),
  isChunked: true,
}

/** The fields with those that tell the body's length. */
export function allFields({ fields, pieces, isChunked }: SampleMessage): SampleMessage['fields'] {
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (isChunked) return [...fields, ['Transfer-Encoding', 'chunked']]
  return bytes === 0 ? fields : [...fields, ['Content-Length', String(bytes)]]
}

/** The message as it is on the wire. */
export function toWire(message: SampleMessage): Buffer {
  const { isRequest, isChunked, start, pieces } = message
  const [first, second] = start
  const startLine = isRequest ? `${first} ${second} HTTP/1.1` : `HTTP/1.1 ${first} ${second}`
  const lines = allFields(message).map(([name, value]) => `${name}: ${value}`)
  const head = Buffer.from(`${[startLine, ...lines].join('\r\n')}\r\n\r\n`, 'latin1')
  if (!isChunked) return Buffer.concat([head, ...pieces])
  const chunks = pieces.flatMap((piece) => [
    Buffer.from(`${piece.length.toString(16)}\r\n`),
    piece,
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([head, ...chunks, Buffer.from('0\r\n\r\n')])
}

function makePiece(bytes: number): Buffer {
  return Buffer.alloc(bytes, '0123456789abcdef')
}
