import { describe, expect, test } from 'vitest'
import { Data, MessageEnd, MessageStart } from '../../src/events.ts'
import { demuxHTTP } from '../../src/filters/demux-http.ts'
import { LIMITS } from '../../src/limits.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { answerText, requestText } from './wire/http-text.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const GET = requestText('GET /')

describe.each(TRANSPORTS)('demuxHTTP that drains over $transport', ({ hasOnlyStreams }) => {
  async function startManual(): Promise<{ proxy: WireProxy; requests: ManualFilter<Record<never, never>> }> {
    const requests = new ManualFilter<Record<never, never>>()
    const proxy = await WireProxy.start((p) => p.filter(demuxHTTP({ filters: [requests.recipe] })), { hasOnlyStreams })
    return { proxy, requests }
  }

  const answer = (body: string, head = {}): [MessageStart, Data, MessageEnd] => [
    new MessageStart(head),
    new Data(body),
    new MessageEnd(),
  ]
  const closing = (body: string): string => answerText(body).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')

  /** Asks the proxy to drain, and tells what came of it once it is over. */
  function drain(proxy: WireProxy): { result: boolean | undefined } {
    const outcome: { result: boolean | undefined } = { result: undefined }
    void proxy.server.drain(10_000).then((result) => (outcome.result = result))
    return outcome
  }

  test('ends idle connections when a request that was on its way would have come', async () => {
    const { proxy, requests } = await startManual()
    const fresh = await proxy.send('')
    const used = await proxy.send(GET)
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    used.take()
    const outcome = drain(proxy)
    await proxy.transport.advance(LIMITS.drainGraceMs - 1)
    expect([fresh.state, used.state]).toEqual(['open', 'open'])
    await proxy.transport.advance(1)
    expect([fresh.state, used.state]).toEqual(['ended', 'ended'])
    expect(used.take()).toBe('')
    fresh.end()
    used.end()
    await proxy.settle()
    expect(outcome.result).toBe(true)
  })

  test('answers a request that was on its way, and says close', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send('')
    drain(proxy)
    await proxy.transport.advance(LIMITS.drainGraceMs - 1)
    client.write(GET)
    await proxy.transport.advance(1000)
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(client.take()).toBe(closing('a'))
    expect(client.state).toBe('ended')
  })

  test('says close on the answer that is under way, and ends the connection behind it', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET)
    const outcome = drain(proxy)
    await proxy.settle()
    expect(client.state).toBe('open')
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(client.take()).toBe(closing('a'))
    expect(client.state).toBe('ended')
    client.end()
    await proxy.settle()
    expect(outcome.result).toBe(true)
  })

  test('ends the connection behind an answer whose head went out before', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET)
    requests.session(0).emit(new MessageStart({ headers: { 'content-length': '2' } }), new Data('a'))
    await proxy.settle()
    drain(proxy)
    await proxy.settle()
    requests.session(0).emit(new Data('b'), new MessageEnd())
    await proxy.transport.advance(LIMITS.drainGraceMs)
    expect(client.take()).toMatch(/\r\n\r\nab$/)
    expect(client.state).toBe('ended')
  })

  test('answers all requests that it has taken, and says close on the last of them', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET, GET, GET)
    drain(proxy)
    await proxy.settle()
    requests.session(1).emit(...answer('b'))
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    requests.session(2).emit(...answer('c'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('a') + answerText('b') + closing('c'))
    expect(client.state).toBe('ended')
  })

  test('waits for a request that has begun to come', async () => {
    const { proxy, requests } = await startManual()
    const inHead = await proxy.send(GET.slice(0, 10))
    const inBody = await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na')
    drain(proxy)
    await proxy.settle()
    expect([inHead.state, inBody.state]).toEqual(['open', 'open'])
    inHead.write(GET.slice(10))
    inBody.write('b')
    await proxy.settle()
    requests.session(0).emit(...answer('put'))
    requests.session(1).emit(...answer('get'))
    await proxy.settle()
    expect(inBody.take()).toBe(closing('put'))
    expect(inHead.take()).toBe(closing('get'))
  })

  test('takes no request behind the answer that says close', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET)
    drain(proxy)
    await proxy.settle()
    requests.session(0).emit(new MessageStart({ headers: { 'content-length': '2' } }), new Data('a'))
    client.write(GET)
    await proxy.settle()
    expect(requests.sessions).toHaveLength(1)
    requests.session(0).emit(new Data('b'), new MessageEnd())
    await proxy.settle()
    expect(requests.sessions).toHaveLength(1)
    expect(client.state).toBe('ended')
  })

  test('closes what is not done in time', async () => {
    const { proxy } = await startManual()
    const client = await proxy.send(GET)
    const outcome = drain(proxy)
    await proxy.transport.advance(10_000)
    expect(outcome.result).toBe(false)
    expect(client.state).not.toBe('open')
  })

  test('leaves no timer behind', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET, 'GET / HTT')
    requests.session(0).emit(...answer('a'))
    client.abort()
    await proxy.settle()
    await proxy.close()
    expect(proxy.transport.timerCount).toBe(0)
  })
})
