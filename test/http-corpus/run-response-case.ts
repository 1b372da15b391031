import { expect } from 'vitest'
import type { ResponseCase, SeenMessage } from './corpus-case.ts'
import type { PoolProxy } from './pool-proxy.ts'
import { RawClient } from './raw-client.ts'
import { echo, type RawUpstream, type UpstreamConnection } from './raw-upstream.ts'
import { readWire } from './read-wire.ts'
import { mayHaveBegun, type Surroundings, comparable } from './run-request-case.ts'
import type { Segmentation } from './segmentations.ts'
import { sendSegments } from './send-segments.ts'

const BAD_GATEWAY = 'HTTP/1.1 502 Bad Gateway'

/**
 * Lets the upstream answer a request with a case, and checks what the client gets. Another request shows whether the
 * upstream connection was used again, and that it gets its own answer.
 */
export async function runResponseCase(
  { proxy, upstream }: Surroundings,
  { request, expect: expected, ends }: ResponseCase,
  segmentation: Segmentation,
): Promise<void> {
  const { answer, fault, isReused, closes } = expected
  const begun = fault !== undefined && mayHaveBegun(fault, segmentation)
  const client = await RawClient.connect(proxy.port)
  const [method = ''] = request.split(' ')
  const upstreamSide = new CaseAnswer(proxy, upstream, segmentation, ends)
  client.socket.write(`${request}\r\nHost: a\r\n\r\n`)
  const used = await upstreamSide.given()

  const read = (): readonly SeenMessage[] =>
    readWire(client.text, { isRequest: false, methods: [method], isEnded: client.isEnded }).messages
  const isAnswered = (): boolean => (answer === undefined ? read().some(isFinal) : read().length >= answer.length)
  while (!client.isOver && (closes || !isAnswered())) await client.moved()
  const got = answer === undefined ? read().filter(isFinal) : read()
  if (answer !== undefined) {
    expect(got.map((message, i) => comparable(message, answer[i]))).toEqual(
      answer.map((message) => comparable(message)),
    )
  } else if (!begun) expect(got.map(({ line }) => line)).toEqual([BAD_GATEWAY])
  else expect(got.filter(({ line }) => line !== BAD_GATEWAY)).toEqual([])
  expect(client.isEnded && got.length === 0, 'an answer that is cut off looks like one that is complete').toBe(false)

  await probe(proxy, upstream, client, used, isReused)
  await client.leave()
}

/** The upstream's answer to whatever it is asked, and asked again: a request that met an idle connection may come twice. */
class CaseAnswer {
  #given: Promise<UpstreamConnection> | undefined
  #asked: () => void = () => undefined

  constructor(proxy: PoolProxy, upstream: RawUpstream, { segments }: Segmentation, ends: boolean) {
    upstream.respond = (connection) => {
      const moved = async (): Promise<void> => await Promise.race([proxy.moved(), upstream.moved()])
      const taking = { takenBytes: () => proxy.answerBytes, isOver: () => connection.isClosed, moved }
      this.#given = sendSegments(connection.socket, segments, taking).then(() => {
        if (ends) connection.socket.end()
        return connection
      })
      this.#asked()
    }
  }

  /** @returns the connection on which the answer was given, once the proxy has taken all of it or closed it */
  async given(): Promise<UpstreamConnection> {
    if (this.#given === undefined) await new Promise<void>((resolve) => (this.#asked = resolve))
    return await (this.#given as Promise<UpstreamConnection>)
  }
}

function isFinal({ line }: SeenMessage): boolean {
  return !/^HTTP\/1\.1 1/.test(line)
}

async function probe(
  proxy: PoolProxy,
  upstream: RawUpstream,
  client: RawClient,
  used: UpstreamConnection,
  isReused: boolean,
): Promise<void> {
  if (!isReused) while (!used.isClosed) await upstream.moved()
  const isUsable = !client.isOver
  if (!isUsable) {
    await client.leave()
    while (proxy.openSessions > 0) await proxy.moved()
  }
  const next = isUsable ? client : await RawClient.connect(proxy.port)
  let served: UpstreamConnection | undefined
  upstream.respond = (connection, message) => {
    served = connection
    echo(connection, message)
  }
  const { length } = next.text
  next.socket.write('GET /probe HTTP/1.1\r\nHost: probe\r\n\r\n')
  const read = (): readonly SeenMessage[] => readWire(next.text.slice(length), { isRequest: false }).messages
  while (read().length === 0 && !next.isOver) await next.moved()
  expect(read().map(({ line, body }) => [line, body])).toEqual([['HTTP/1.1 200 OK', 'GET /probe HTTP/1.1']])
  expect(served === used, 'the upstream connection is used again').toBe(isReused)
  if (next !== client) await next.leave()
}
