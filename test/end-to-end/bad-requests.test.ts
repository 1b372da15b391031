import { expect, test, vi } from 'vitest'
import { HttpClient } from './support/http-client.ts'
import { poolScript } from './support/pool-script.ts'
import { ProxyProcess } from './support/proxy-process.ts'
import { createScriptFolder } from './support/script-folder.ts'
import { Upstream } from './support/upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

test.each([
  { what: 'no HTTP', request: 'SSH-2.0-client\r\n\r\n', status: 400 },
  { what: 'a space before a colon', request: 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', status: 400 },
  { what: 'no Host', request: 'GET / HTTP/1.1\r\n\r\n', status: 400 },
  { what: 'two Hosts', request: 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', status: 400 },
  {
    what: 'Content-Length and Transfer-Encoding',
    request: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    status: 400,
  },
  { what: 'an unknown version', request: 'GET / HTTP/3.0\r\nHost: a\r\n\r\n', status: 505 },
  { what: 'a head that is too large', request: `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, status: 431 },
  { what: 'a target that is too long', request: `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, status: 414 },
])('a request with $what is answered $status and its connection closed; the process lives on', async ({ request, status }) => {
  const upstream = await Upstream.start('upstream')
  const folder = createScriptFolder({ 'proxy.js': poolScript({ '/*': upstream.address }) })
  const proxy = await ProxyProcess.start(['proxy.js'], { folder })
  const client = await HttpClient.connect(proxy.port)
  // What stands behind it must not be taken for another request.
  client.send(`${request}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`)
  expect(await client.readAnswer()).toMatchObject({ status, headers: { connection: 'close' } })
  expect(await client.readToEnd()).toBe('')
  expect(await (await HttpClient.connect(proxy.port)).get('/next')).toMatchObject({ status: 200, body: 'upstream GET /next' })
  expect(upstream.requests.map(({ text }) => text)).toEqual(['GET /next'])
  expect(proxy.isRunning).toBe(true)
})
