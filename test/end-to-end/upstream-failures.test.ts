import { expect, test, vi } from 'vitest'
import { findClosedAddress } from './support/closed-address.ts'
import { HttpClient } from './support/http-client.ts'
import { poolScript } from './support/pool-script.ts'
import { ProxyProcess } from './support/proxy-process.ts'
import { startRawUpstream } from './support/raw-upstream.ts'
import { createScriptFolder } from './support/script-folder.ts'
import { Upstream } from './support/upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

const failures: readonly {
  readonly upstream: string
  readonly start: () => Promise<string>
  readonly status: number
  readonly reason: string
}[] = [
  { upstream: 'refuses connections', start: findClosedAddress, status: 502, reason: 'Connection Refused' },
  { upstream: 'has no address', start: async () => 'no-such-host.invalid:80', status: 502, reason: 'Cannot Resolve' },
  {
    upstream: 'resets the connection',
    start: () => startRawUpstream((socket) => socket.once('data', () => socket.resetAndDestroy())),
    status: 502,
    reason: 'Read Error',
  },
  {
    upstream: 'closes the connection without an answer',
    start: () => startRawUpstream((socket) => socket.once('data', () => socket.end())),
    status: 502,
    reason: 'Bad Gateway',
  },
  {
    upstream: 'answers with what is no HTTP',
    start: () => startRawUpstream((socket) => socket.once('data', () => socket.write('220 mail ready\r\n\r\n'))),
    status: 502,
    reason: 'Bad Gateway',
  },
  {
    upstream: 'stays silent',
    start: () => startRawUpstream((socket) => socket.resume()),
    status: 504,
    reason: 'Gateway Timeout',
  },
]

test.each(failures)(
  'a request to an upstream that $upstream is answered $status, and the client goes on',
  async (failure) => {
    const good = await Upstream.start('good')
    const proxy = await startPool({ '/bad/*': await failure.start(), '/*': good.address })
    const client = await HttpClient.connect(proxy.port)
    for (let i = 0; i < 2; i++) {
      expect(await client.get('/bad')).toMatchObject({
        status: failure.status,
        statusText: failure.reason,
        headers: { 'content-type': 'text/plain' },
        body: `${failure.reason}\n`,
      })
      expect(await client.get(`/${i}`)).toMatchObject({ status: 200, body: `good GET /${i}` })
    }
    expect(proxy.isRunning).toBe(true)
  },
)

test('an upstream that failed once is asked again by the next request of the same client', async () => {
  let connections = 0
  const recovering = await startRawUpstream((socket) => {
    if (connections++ === 0) socket.once('data', () => socket.resetAndDestroy())
    else socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nrecovered'))
  })
  const { port } = await startPool({ '/*': recovering })
  const client = await HttpClient.connect(port)
  expect((await client.get('/')).status).toBe(502)
  expect(await client.get('/')).toMatchObject({ status: 200, body: 'recovered' })
  expect(connections).toBe(2)
})

test('an answer that breaks off inside its body breaks off for the client as well', async () => {
  const broken = await startRawUpstream((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this')),
  )
  const good = await Upstream.start('good')
  const { port } = await startPool({ '/bad/*': broken, '/*': good.address })
  const client = await HttpClient.connect(port)
  await expect(client.get('/bad')).rejects.toThrow(/connection ended after "only this"|ECONNRESET/)
  expect(await (await HttpClient.connect(port)).get('/')).toMatchObject({ status: 200 })
})

test('a request on a connection that its upstream closes while it is idle is sent again on a new one', async () => {
  let connections = 0
  const upstream = await startRawUpstream((socket) => {
    connections++
    let requests = 0
    // The second request meets a connection whose end is under way, as with a keep-alive time that is just over.
    socket.on('data', () => {
      if (requests++ === 0) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      else socket.resetAndDestroy()
    })
  })
  const { port } = await startPool({ '/*': upstream })
  const client = await HttpClient.connect(port)
  expect(await client.get('/1')).toMatchObject({ status: 200, body: 'ok' })
  expect(await client.get('/2')).toMatchObject({ status: 200, body: 'ok' })
  expect(connections).toBe(2)
})

async function startPool(routes: Readonly<Record<string, string>>): Promise<ProxyProcess> {
  const folder = createScriptFolder({ 'proxy.js': poolScript(routes, { muxOptions: "{ responseTimeout: '0.2s' }" }) })
  return await ProxyProcess.start(['proxy.js'], { folder })
}
