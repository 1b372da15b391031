import { expect, test, vi } from 'vitest'
import { HttpClient } from './support/http-client.ts'
import { poolScript } from './support/pool-script.ts'
import { ProxyProcess } from './support/proxy-process.ts'
import { createScriptFolder } from './support/script-folder.ts'
import { Upstream } from './support/upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

const BAD_REQUESTS: readonly { readonly what: string; readonly request: string; readonly status: number }[] = [
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
  {
    what: 'a head that is too large',
    request: `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    status: 431,
  },
  { what: 'a target that is too long', request: `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, status: 414 },
]

test('a request that is no valid HTTP is refused and its connection closed; the process lives on', async () => {
  const upstream = await Upstream.start('upstream')
  const folder = createScriptFolder({ 'proxy.js': poolScript({ '/*': upstream.address }) })
  const proxy = await ProxyProcess.start(['proxy.js'], { folder })
  for (const { what, request, status } of BAD_REQUESTS) {
    const client = await HttpClient.connect(proxy.port)
    // What stands behind it must not be taken for another request.
    client.send(`${request}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`)
    expect(await client.readAnswer(), what).toMatchObject({ status, headers: { connection: 'close' } })
    expect(await client.readToEnd(), what).toBe('')
    const next = await HttpClient.connect(proxy.port)
    expect(await next.get('/next'), what).toMatchObject({ status: 200, body: 'upstream GET /next' })
  }
  expect(upstream.requests.map(({ text }) => text)).toEqual(BAD_REQUESTS.map(() => 'GET /next'))
  expect(proxy.isRunning).toBe(true)
})
