import type { LateFault, RequestCase, ResponseCase, SeenMessage } from './corpus-case.ts'

/** Stands behind everything that is refused: it must not be taken for a request. */
export const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'

/** A case of which nothing may reach the upstream. */
export function refuse(status: number, name: string, bytes: string, source: string): RequestCase {
  const expect = { forward: [], refuse: status, fault: undefined, closes: true }
  return { name, bytes: bytes + SMUGGLED, source, ends: false, expect }
}

/** A case that ends behind its bytes, in the middle of a message. */
export function refuseCutOff(name: string, head: string, body: string, source: string): RequestCase {
  const isInBody = head.endsWith('\r\n\r\n')
  const fault = isInBody ? { headEnd: head.length, faultEnd: head.length + body.length + 1 } : undefined
  return { name, bytes: head + body, source, ends: true, expect: { forward: [], refuse: 400, fault, closes: true } }
}

/** A case whose head is right, and whose body goes wrong in `bad`. */
export function refuseBody(name: string, good: string, bad: string, source: string, head = CHUNKED_HEAD): RequestCase {
  const fault: LateFault = { headEnd: head.length, faultEnd: (head + good + bad).length }
  const expect = { forward: [], refuse: 400, fault, closes: true }
  return { name, bytes: head + good + bad + SMUGGLED, source, ends: false, expect }
}

/** The head of a request with a chunked body. */
export const CHUNKED_HEAD = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'

/** A case that the upstream must see as these messages, and as no other. */
export function forward(
  name: string,
  bytes: string,
  messages: SeenMessage | readonly SeenMessage[],
  source: string,
  { refuse: status, closes = false }: { readonly refuse?: number; readonly closes?: boolean } = {},
): RequestCase {
  const seen = Array.isArray(messages) ? (messages as readonly SeenMessage[]) : [messages as SeenMessage]
  return { name, bytes, source, ends: false, expect: { forward: seen, refuse: status, fault: undefined, closes } }
}

/** A message without a body, or with one of a length. */
export function seen(line: string, fields: readonly string[] = ['Host: a'], body?: string): SeenMessage {
  return { line, fields, framing: body === undefined ? 'none' : 'length', body: body ?? '', trailers: [] }
}

/** A message with a chunked body. */
export function seenChunked(
  line: string,
  fields: readonly string[],
  body: string,
  trailers: readonly string[] = [],
): SeenMessage {
  return { line, fields, framing: 'chunked', body, trailers }
}

interface AnswerOptions {
  /** @default 'GET / HTTP/1.1' */
  readonly request?: string
  readonly ends?: boolean
  readonly isReused?: boolean
  readonly closes?: boolean
}

/** An answer that the client must get as these messages. */
export function answer(
  name: string,
  bytes: string,
  messages: SeenMessage | readonly SeenMessage[],
  source: string,
  { request = 'GET / HTTP/1.1', ends = false, isReused = true, closes = false }: AnswerOptions = {},
): ResponseCase {
  const got = Array.isArray(messages) ? (messages as readonly SeenMessage[]) : [messages as SeenMessage]
  return { name, bytes, source, request, ends, expect: { answer: got, fault: undefined, isReused, closes } }
}

/** An answer of which the client must get nothing but 502. */
export function badAnswer(
  name: string,
  bytes: string,
  source: string,
  { request = 'GET / HTTP/1.1', ends = false }: AnswerOptions = {},
): ResponseCase {
  const expect = { answer: undefined, fault: undefined, isReused: false, closes: false }
  return { name, bytes, source, request, ends, expect }
}

/** An answer whose head is right, and whose body goes wrong in `bad`, or by ending: 502 or a cut. */
export function badAnswerBody(
  name: string,
  head: string,
  good: string,
  bad: string,
  source: string,
  { request = 'GET / HTTP/1.1', ends = false }: AnswerOptions = {},
): ResponseCase {
  const fault = { headEnd: head.length, faultEnd: (head + good + bad).length + (ends ? 1 : 0) }
  const expect = { answer: undefined, fault, isReused: false, closes: false }
  return { name, bytes: head + good + bad, source, request, ends, expect }
}
