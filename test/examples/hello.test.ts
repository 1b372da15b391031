import { describe, expect, test, vi } from 'vitest'
import { startExample } from '../end-to-end/support/example.ts'
import { HttpClient } from '../end-to-end/support/http-client.ts'

vi.setConfig({ testTimeout: 20_000 })

describe.each(['proxy.js', 'proxy.ts'])('example 01-hello, %s,', (form) => {
  test('answers alike on its first port, and on the second one tells what it was sent and by whom', async () => {
    const { ports } = await startExample(`01-hello/${form}`, {}, { listenerCount: 2 })
    const [first, second] = await Promise.all(ports.map((port) => HttpClient.connect(port)))
    expect(await first?.get('/')).toMatchObject({ status: 200, body: 'Hello, world!\n' })
    expect(await first?.get('/any/where')).toMatchObject({ status: 200, body: 'Hello, world!\n' })
    second?.send('POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc')
    expect(await second?.readAnswer()).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: '127.0.0.1 sent POST /a?b=c\n',
    })
  })
})
