import { describe, expect, test } from 'vitest'
import { Data, MessageEnd, MessageStart } from '../../src/events.ts'
import { demuxHTTP, type DemuxHttpOptions } from '../../src/filters/demux-http.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { answerText, refusalText, requestText } from './wire/http-text.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const lastAnswer = (body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`

describe.each(TRANSPORTS)('maxRequests of demuxHTTP over $transport', ({ hasOnlyStreams }) => {
  async function startManual(
    options: DemuxHttpOptions = { maxRequests: 3 },
  ): Promise<{ proxy: WireProxy; requests: ManualFilter<Record<never, never>> }> {
    const requests = new ManualFilter<Record<never, never>>()
    const proxy = await WireProxy.start((p) => p.filter(demuxHTTP({ filters: [requests.recipe] }, options)), {
      hasOnlyStreams,
    })
    return { proxy, requests }
  }

  const answer = (body: string): [MessageStart, Data, MessageEnd] => [
    new MessageStart({}),
    new Data(body),
    new MessageEnd(),
  ]

  test('says close with the answer to the last one, and ends the connection', async () => {
    const { proxy, requests } = await startManual()
    const client = proxy.connect()
    for (let i = 0; i < 3; i++) {
      client.write(requestText(`GET /${i}`))
      await proxy.settle()
      requests.session(i).emit(...answer('a'))
      await proxy.settle()
      expect(client.state).toBe(i < 2 ? 'open' : 'ended')
    }
    expect(client.take()).toBe(answerText('a') + answerText('a') + lastAnswer('a'))
    client.end()
    await proxy.settle()
    expect(proxy.server.connectionCount).toBe(0)
  })

  test('runs none behind the last one of those that come together, and answers in order', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(Array.from({ length: 10 }, (_, i) => requestText(`GET /${i}`)).join(''))
    expect(requests.sessions).toHaveLength(3)
    for (const i of [2, 1, 0]) requests.session(i).emit(...answer(`${i}`))
    await proxy.settle()
    expect(client.take()).toBe(answerText('0') + answerText('1') + lastAnswer('2'))
    expect(client.state).toBe('ended')
    expect(requests.sessions).toHaveLength(3)
  })

  test('reads the body of the last one', async () => {
    const { proxy, requests } = await startManual({ maxRequests: 1 })
    const client = await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe')
    client.write('llo', requestText('GET /not-run'))
    await proxy.settle()
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(requests.session(0).take()).toEqual(['start PUT /', 'data "he"', 'data "llo"', 'end'])
    expect(requests.sessions).toHaveLength(1)
    expect(client.take()).toBe(lastAnswer('a'))
  })

  test('counts for each connection by itself, and what is refused does not make it forget', async () => {
    const { proxy, requests } = await startManual({ maxRequests: 2 })
    const first = await proxy.send(requestText('GET /1'))
    const second = await proxy.send(requestText('GET /2'))
    for (const i of [0, 1]) requests.session(i).emit(...answer('a'))
    await proxy.settle()
    expect([first.take(), second.take()]).toEqual([answerText('a'), answerText('a')])
    first.write('no HTTP at all\r\n\r\n')
    await proxy.settle()
    expect(first.take()).toBe(refusalText('400 Bad Request'))
    expect(second.state).toBe('open')
  })

  test('says close to HTTP/1.0 that asked to stay', async () => {
    const { proxy, requests } = await startManual({ maxRequests: 1 })
    const client = await proxy.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(client.take()).toBe(lastAnswer('a'))
  })

  test('says close to a last one that asks for another protocol and does not get it', async () => {
    const { proxy, requests } = await startManual({ maxRequests: 2 })
    const client = await proxy.send(
      requestText('GET /1'),
      requestText('GET /2', { headers: 'Connection: Upgrade\r\nUpgrade: websocket\r\n' }),
      requestText('GET /3'),
    )
    for (const i of [0, 1]) requests.session(i).emit(...answer(`${i}`))
    await proxy.settle()
    expect(client.take()).toBe(answerText('0') + lastAnswer('1'))
    expect(client.state).toBe('ended')
    expect(requests.sessions).toHaveLength(2)
  })

  test('is no limit when it is 0', async () => {
    const { proxy, requests } = await startManual({ maxRequests: 0 })
    const client = proxy.connect()
    for (let i = 0; i < 50; i++) {
      client.write(requestText('GET /'))
      await proxy.settle()
      requests.session(i).emit(...answer('a'))
      await proxy.settle()
    }
    expect(client.take()).toBe(answerText('a').repeat(50))
    expect(client.state).toBe('open')
  })
})

describe.each(TRANSPORTS)('allowTrace of demuxHTTP over $transport', ({ hasOnlyStreams }) => {
  test.each([
    [{}, refusalText('501 Not Implemented')],
    [{ allowTrace: true }, answerText('TRACE')],
  ])('%o', async (options, expected) => {
    const proxy = await WireProxy.start(
      (p) =>
        p.demuxHTTP(
          (r) => r.replaceMessage(({ head }) => [new MessageStart({}), new Data(head.method ?? ''), new MessageEnd()]),
          options,
        ),
      { hasOnlyStreams },
    )
    expect((await proxy.send(requestText('TRACE /'))).take()).toBe(expected)
  })
})
