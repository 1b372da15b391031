import { expect } from 'vitest'
import type { LateFault, RequestCase, SeenMessage } from './corpus-case.ts'
import type { PoolProxy } from './pool-proxy.ts'
import { RawClient } from './raw-client.ts'
import type { RawUpstream } from './raw-upstream.ts'
import { readWire } from './read-wire.ts'
import type { Segmentation } from './segmentations.ts'
import { sendSegments } from './send-segments.ts'

/** What the proxy, or the callback that changes heads, may add to a message that is forwarded. */
const ADDED = /^(?:x-changed|via|forwarded|x-forwarded-(?:for|proto|host|port)):/i
const PROBE = 'GET /probe HTTP/1.1\r\nHost: probe\r\n\r\n'

/** Where the cases are run. */
export interface Surroundings {
  readonly proxy: PoolProxy
  readonly upstream: RawUpstream
}

/**
 * Sends a case over a connection of its own and checks both sides: what the client gets, and all that the upstream gets.
 * A connection that stays open is used once more, which would show whatever the case left behind.
 */
export async function runRequestCase(
  { proxy, upstream }: Surroundings,
  { bytes, expect: expected, ends }: RequestCase,
  segmentation: Segmentation,
): Promise<void> {
  const { forward, refuse, fault, closes } = expected
  const begun = fault !== undefined && mayHaveBegun(fault, segmentation)
  upstream.requests = []
  const before = { sentBytes: proxy.sentBytes, receivedBytes: upstream.receivedBytes }
  const client = await RawClient.connect(proxy.port)
  await sendSegments(client.socket, segmentation.segments, {
    takenBytes: () => proxy.requestBytes,
    isOver: () => client.isOver,
    moved: () => Promise.race([proxy.moved(), client.moved()]),
  })
  if (ends) client.socket.end()

  const methods = forward.map(({ line }) => line.split(' ')[0] as string)
  const answerCount = forward.length + (refuse === undefined ? 0 : 1)
  let answers = readAnswers(client, methods)
  while (!client.isOver && (closes || answers.length < answerCount)) {
    await client.moved()
    answers = readAnswers(client, methods)
  }

  for (const [i, { line }] of forward.entries()) {
    expect(answers[i]?.line).toBe('HTTP/1.1 200 OK')
    if (methods[i] !== 'HEAD') expect(answers[i]?.body).toBe(line.slice(0, 1000))
  }
  if (begun) {
    // Answered, or cut: in no case by the upstream.
    expect(answers.map(statusOf).filter((status) => status !== refuse)).toEqual([])
  } else {
    expect(answers).toHaveLength(answerCount)
    expect(client.isEnded).toBe(closes)
    if (closes) expect(answers.at(-1)?.fields).toContain('Connection: close')
    if (refuse !== undefined) expect(statusOf(answers.at(-1))).toBe(refuse)
  }

  if (begun) {
    while (upstream.connections.some(({ text, isClosed }) => text !== '' && !isClosed)) await upstream.moved()
  } else {
    if (forward.length === 0) expect(proxy.sentBytes).toBe(before.sentBytes)
    while (upstream.receivedBytes - before.receivedBytes < proxy.sentBytes - before.sentBytes) await upstream.moved()
    expect(upstream.rest).toBe('')
  }
  expect(upstream.violations).toEqual([])
  expect(upstream.requests.map((request, i) => comparable(request, forward[i], bytes))).toEqual(
    forward.map((request) => comparable(request)),
  )

  if (!closes) await probe(upstream, client, answerCount)
  await client.leave()
  forgetClosed(upstream)
}

/** Whether the head of a message that goes wrong behind it came earlier than the fault. */
export function mayHaveBegun({ headEnd, faultEnd }: LateFault, { ends }: Segmentation): boolean {
  return ends.some((end) => end >= headEnd && end < faultEnd)
}

function readAnswers(client: RawClient, methods: readonly string[]): readonly SeenMessage[] {
  const { messages } = readWire(client.text, { isRequest: false, methods })
  return messages.filter((message) => statusOf(message) >= 200)
}

function statusOf(message: SeenMessage | undefined): number {
  return Number(message?.line.split(' ')[1])
}

async function probe(upstream: RawUpstream, client: RawClient, earlierCount: number): Promise<void> {
  const { length } = client.text
  client.socket.write(PROBE)
  const readProbe = () => readWire(client.text.slice(length), { isRequest: false }).messages
  while (readProbe().length === 0 && !client.isOver) await client.moved()
  expect(readProbe().map(({ line, body }) => [line, body])).toEqual([['HTTP/1.1 200 OK', 'GET /probe HTTP/1.1']])
  expect(upstream.requests).toHaveLength(earlierCount + 1)
  expect(upstream.requests.at(-1)).toMatchObject({ line: 'GET /probe HTTP/1.1', framing: 'none' })
}

/**
 * A message without what a proxy may add to it, and with field names in small letters: their case means nothing.
 * @param given what came: of that nothing is the proxy's
 */
export function comparable(message: SeenMessage, expected = message, given = ''): SeenMessage {
  const fields = message.fields.filter(
    (field) => expected.fields.includes(field) || given.includes(`${field}\r\n`) || !ADDED.test(field),
  )
  return { ...message, fields: fields.map((field) => field.replace(/^[^:]*/, (name) => name.toLowerCase())) }
}

function forgetClosed({ connections }: RawUpstream): void {
  const open = connections.filter(({ isClosed }) => !isClosed)
  connections.splice(0, connections.length, ...open)
}
