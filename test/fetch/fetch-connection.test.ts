import { Message, pipy } from 'sluice'
import { beforeEach, expect, test } from 'vitest'
import type { ProxyDefinition } from '../../src/engine/proxy-definition.ts'
import { byteTranslation } from '../../src/fetch/byte-translation.ts'
import { fetchHandler, type ProxyFetch } from '../../src/fetch/fetch-handler.ts'
import { PlayedTransport } from '../engine/played-transport.ts'

let transport: PlayedTransport
const log = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined }

beforeEach(() => {
  transport = new PlayedTransport()
})

function handlerOf<V>(definition: ProxyDefinition<V>): ProxyFetch<V> {
  return fetchHandler(definition, { transport, log, bytes: byteTranslation })
}

/** Answers with what it got of the request. */
function tellingProxy() {
  return pipy({})
    .listen(1)
    .demuxHTTP((p) =>
      p.replaceMessage((message) => {
        const { head, body } = message
        return new Message(JSON.stringify({ ...head, body: body?.toString() ?? null }))
      }),
    )
}

test('fetchHandler hands a Request on as a request of HTTP/1.1', async () => {
  const handle = handlerOf(tellingProxy())
  const url = 'http://example.org:8080/a%20b/?q=1#fragment'
  const response = await handle(new Request(url, { method: 'POST', body: 'text', headers: { 'x-name': 'value' } }))
  expect(await response.json()).toMatchObject({
    method: 'POST',
    path: '/a%20b/?q=1',
    headers: { host: 'example.org:8080', 'x-name': 'value' },
    body: 'text',
  })
})

test('fetchHandler asks for no WebSocket where the runtime has none', async () => {
  const handle = handlerOf(tellingProxy())
  const headers = { upgrade: 'websocket', connection: 'Upgrade' }
  const { headers: seen } = (await (await handle(new Request('http://a/', { headers }))).json()) as {
    headers: Record<string, string>
  }
  expect(seen['upgrade']).toBeUndefined()
})

test.each([
  [false, 'http'],
  [true, 'https'],
])('fetchHandler tells upstreams the scheme when isEncrypted is %s', async (isEncrypted, protocol) => {
  const handle = handlerOf(
    pipy({})
      .listen(1, { forwarded: { style: 'both' } })
      .demuxHTTP((p) => p.replaceMessage(({ head }) => new Message(JSON.stringify(head.headers)))),
  )
  const info = { remoteAddress: '192.0.2.1', remotePort: 0, localAddress: '', localPort: 0, isEncrypted }
  const response = await handle(new Request('http://example.org/'), { info })
  expect(await response.json()).toMatchObject({
    'x-forwarded-proto': protocol,
    forwarded: `for=192.0.2.1;host=example.org;proto=${protocol}`,
  })
})

test('fetchHandler rejects with CLIENT_ABORTED when the request is aborted already', async () => {
  const handle = handlerOf(tellingProxy())
  const request = new Request('http://a/', { signal: AbortSignal.abort() })
  await expect(handle(request)).rejects.toMatchObject({ code: 'CLIENT_ABORTED' })
})

test('fetchHandler answers 500 when no Response can have the status', async () => {
  const handle = handlerOf(
    pipy({})
      .listen(1)
      .demuxHTTP((p) => p.replaceMessage(new Message({ status: 999 }, 'what'))),
  )
  expect((await handle(new Request('http://a/'))).status).toBe(500)
})

test('fetchHandler takes the first listen that reads HTTP', async () => {
  const proxy = pipy({}).listen(1).connect('127.0.0.1:1').listen(2)
  const handle = handlerOf(proxy.demuxHTTP((p) => p.replaceMessage(new Message('by HTTP'))))
  expect(await (await handle(new Request('http://a/'))).text()).toBe('by HTTP')
})

test('fetchHandler refuses a listen that passes bytes on as they come', () => {
  const proxy = pipy({}).listen(1).link('raw').pipeline('raw').connect('127.0.0.1:1')
  expect(() => handlerOf(proxy)).toThrow('Cannot hand requests to the proxy: listen 1 passes bytes on as they come')
})

test('fetchHandler tells when a request is over, once', async () => {
  let count = 0
  const response = await handlerOf(tellingProxy())(new Request('http://a/'), { onClose: () => count++ })
  await response.text()
  await Promise.resolve()
  expect(count).toBe(1)
})
