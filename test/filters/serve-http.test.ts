import { describe, expect, test } from 'vitest'
import { Message } from '../../src/events.ts'
import { serveHTTP } from '../../src/filters/serve-http.ts'
import { answerText, requestText } from './wire/http-text.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

describe.each(TRANSPORTS)('serveHTTP over $transport', ({ hasOnlyStreams }) => {
  test('answers each request with a constant', async () => {
    const proxy = await WireProxy.start((p) => p.serveHTTP(new Message({ status: 202 }, 'hi')), { hasOnlyStreams })
    const client = await proxy.send(requestText('GET /1'), requestText('PUT /2', { body: 'abc' }))
    expect(client.take()).toBe(answerText('hi', { status: '202 Accepted' }).repeat(2))
  })

  test('answers each request with what a function of the whole of it gives', async () => {
    const proxy = await WireProxy.start(
      (p) => p.serveHTTP(({ head, body }) => new Message(`${head.method} ${head.path} ${body?.toString()}`)),
      { hasOnlyStreams },
    )
    const client = await proxy.send('PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel')
    client.write('lo')
    await proxy.settle()
    expect(client.take()).toBe(answerText('PUT /b hello'))
  })

  test('answers in order with what promises give', async () => {
    const resolve: ((message: Message) => void)[] = []
    const proxy = await WireProxy.start((p) => p.serveHTTP(() => new Promise((done) => resolve.push(done))), {
      hasOnlyStreams,
    })
    const client = await proxy.send(requestText('GET /1'), requestText('GET /2'))
    resolve[1]?.(new Message('b'))
    await proxy.settle()
    expect(client.take()).toBe('')
    resolve[0]?.(new Message('a'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('a') + answerText('b'))
  })

  test.each([
    ['undefined', () => undefined],
    ['null', () => null],
    ['a promise of nothing', () => Promise.resolve(undefined)],
  ])('answers an empty 200 when the function gives %s, as Pipy does', async (_, handler) => {
    const proxy = await WireProxy.start((p) => p.serveHTTP(handler), { hasOnlyStreams })
    expect((await proxy.send(requestText('GET /'))).take()).toBe(answerText(''))
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('oops')
      },
    ],
    ['rejects', () => Promise.reject(new Error('oops'))],
    ['gives what is no message', () => 'text' as unknown as Message],
    ['gives a message that cannot be sent', () => new Message({ headers: { x: 'a\nb' } })],
  ])('answers 500 when the function %s, and keeps the connection', async (_, handler) => {
    const proxy = await WireProxy.start((p) => p.serveHTTP(handler), { hasOnlyStreams })
    const client = await proxy.send(requestText('GET /'), requestText('GET /'))
    expect(client.take().match(/HTTP\/1.1 500 /g)).toHaveLength(2)
    expect(client.state).toBe('open')
    expect(proxy.log.messages('error')).toHaveLength(2)
  })

  test('gives the function the variables of the session', async () => {
    const proxy = await WireProxy.start<{ name: string }>((p) => p.serveHTTP((_, $) => new Message($.name)), {
      hasOnlyStreams,
      variables: { name: 'n' },
    })
    expect((await proxy.send(requestText('GET /'))).take()).toBe(answerText('n'))
  })
})

test.each([
  ['a text', 'hi'],
  ['nothing', undefined],
  ['an object', {}],
])('serveHTTP refuses %s as its handler', (_, handler) => {
  expect(() => serveHTTP(handler as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
})
