import { describe, expect, test, vi } from 'vitest'
import { startExample } from '../end-to-end/support/example.ts'
import { HttpClient } from '../end-to-end/support/http-client.ts'

vi.setConfig({ testTimeout: 20_000 })

describe.each(['proxy.js', 'proxy.ts'])('example 01-hello, %s,', (form) => {
  test('answers every request on its first port alike', async () => {
    const { port } = await startExample(`01-hello/${form}`, {}, { listenerCount: 2 })
    const client = await HttpClient.connect(port)
    expect(await client.get('/')).toMatchObject({ status: 200, body: 'Hello, world!\n' })
    expect(await client.get('/any/where')).toMatchObject({ status: 200, body: 'Hello, world!\n' })
  })

  test('tells on its second port what it was sent, and by whom', async () => {
    const { ports } = await startExample(`01-hello/${form}`, {}, { listenerCount: 2 })
    const client = await HttpClient.connect(ports[1] as number)
    client.send('POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc')
    expect(await client.readAnswer()).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: '127.0.0.1 sent POST /a?b=c\n',
    })
  })
})
