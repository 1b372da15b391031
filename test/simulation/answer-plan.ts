import { bodyOf } from './body.ts'
import type { FaultKind } from './fault-kinds.ts'
import type { RequestRecord } from './ledger.ts'
import { toChunks } from './to-chunks.ts'
import type { World } from './world.ts'

/** How an answer goes wrong. */
export type AnswerFlaw =
  | 'none'
  | 'cut in the head'
  | 'cut in the body'
  | 'stalls'
  | 'malformed'
  | 'malformed chunk'
  | 'followed by another'

/** What an upstream is going to say. */
export interface AnswerPlan {
  readonly status: number
  readonly bodyId: string
  readonly bodyBytes: number
  readonly hasTrailers: boolean
  readonly isUntilClose: boolean
  /** The connection ends behind it. */
  readonly isLast: boolean
  /** The head says so. */
  readonly isCloseTold: boolean
  readonly flaw: AnswerFlaw
  readonly interim: string
  readonly head: string
  /** The body as it is on the wire. */
  readonly content: string
}

/** Text that no answer may begin with, and heads that may not be passed on. */
const MALFORMED = [
  'nonsense\r\n\r\n',
  'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
  'HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc',
  `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
] as const

/** What an answer has to be, if not left to chance. */
export interface AnswerWishes {
  readonly status?: number
  readonly isLast?: boolean
}

/** Draws an answer to a request. */
export function planAnswer(world: World, record: RequestRecord, wishes: AnswerWishes = {}): AnswerPlan {
  const attempt = record.arrivals
  const status = wishes.status ?? drawStatus(world)
  const isHead = record.method === 'HEAD'
  const isBodiless = isHead || status === 204 || status === 304
  const isUntilClose = !isHead && !isBodiless && world.fault('answers until close', 0.12)
  const isChunked = !isUntilClose && world.chance(0.4)
  const hasTrailers = isChunked && !isBodiless && world.fault('chunked answers with trailers', 0.3)
  const bodyBytes = status === 204 || status === 304 ? 0 : world.drawBodyBytes()
  const bodyId = `${record.id}a${attempt}`
  const isLast = isUntilClose || wishes.isLast === true || world.fault('upstream half-closes', 0.1)
  const framing = isUntilClose ? '' : isChunked ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${bodyBytes}\r\n`
  const named = `X-Id: ${record.id}\r\nX-Attempt: ${attempt}\r\n`
  const isFramed = status !== 204 && status !== 304
  const body = isBodiless ? '' : bodyOf(bodyId, bodyBytes)
  const flaw = drawFlaw(world, body, isChunked, isUntilClose)
  const keepAlive = isLast || world.chance(0.7) ? '' : `Keep-Alive: timeout=${world.below(12)}\r\n`
  const isCloseTold = isLast && world.chance(0.7)
  return {
    status,
    bodyId,
    bodyBytes: isBodiless ? 0 : bodyBytes,
    hasTrailers,
    isUntilClose,
    isLast,
    isCloseTold,
    flaw,
    interim: world.fault('interim answers', 0.1) ? 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' : '',
    head:
      flaw === 'malformed'
        ? world.pick(MALFORMED)
        : `HTTP/1.1 ${status} Status\r\n${named}${isFramed ? framing : ''}${isCloseTold ? 'Connection: close\r\n' : keepAlive}\r\n`,
    content: !isChunked || isBodiless ? body : toChunks(world, body, hasTrailers ? `X-Trailer: ${bodyId}\r\n` : ''),
  }
}

function drawStatus(world: World): number {
  if (world.fault('bodiless answers', 0.1)) return world.pick([204, 304])
  return world.pick([200, 200, 200, 200, 404, 500, 502])
}

function drawFlaw(world: World, body: string, isChunked: boolean, isUntilClose: boolean): AnswerFlaw {
  if (world.fault('answers cut in the head', 0.04)) return 'cut in the head'
  if (world.fault('malformed answers', 0.04)) return 'malformed'
  if (body === '') return 'none'
  const cut: FaultKind = isChunked
    ? 'answers cut in chunks'
    : isUntilClose
      ? 'answers until close cut'
      : 'answers cut in a length'
  if (world.fault(cut, 0.08)) return 'cut in the body'
  if (world.fault('answers that stall', 0.02)) return 'stalls'
  if (isChunked && world.fault('malformed chunks', 0.05)) return 'malformed chunk'
  return 'none'
}

/** An answer in words, for the trace. */
export function describeAnswer({
  status,
  bodyBytes,
  flaw,
  isUntilClose,
  isLast,
  hasTrailers,
  content,
}: AnswerPlan): string {
  const words = [
    `${status}`,
    `${bodyBytes} bytes`,
    ...(content.length > bodyBytes ? ['in chunks'] : []),
    ...(hasTrailers ? ['with trailers'] : []),
    ...(isUntilClose ? ['until it closes'] : isLast ? ['and closes'] : []),
    ...(flaw === 'none' ? [] : [flaw]),
  ]
  return words.join(', ')
}
