import type { ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { HttpClient } from './support/http-client.ts'
import { type NodeExecutable, nodeExecutables } from './support/node-executables.ts'
import { poolScript } from './support/pool-script.ts'
import { ProxyProcess } from './support/proxy-process.ts'
import { createScriptFolder } from './support/script-folder.ts'
import { SteadyClient } from './support/steady-client.ts'
import { Upstream } from './support/upstream.ts'

vi.setConfig({ testTimeout: 40_000 })

const HALF_BODY_BYTES = 8 * 1024 * 1024
const REQUESTS_BEFORE_THE_SIGNAL = 2000

describe.each(nodeExecutables)('on Node $major', (node) => {
  test('SIGTERM under load loses no request: each that was taken is answered, and all else ends in good order', async () => {
    const held: ServerResponse[] = []
    const half = Buffer.alloc(HALF_BODY_BYTES, 'half')
    let uploadedBytes = 0
    const upstream = await Upstream.start('upstream', (request, response) => {
      const { url = '' } = request
      if (url === '/download') {
        response.writeHead(200, { 'content-length': 2 * HALF_BODY_BYTES })
        response.write(half)
      }
      if (url === '/upload') request.on('data', (bytes: Buffer) => (uploadedBytes += bytes.length))
      else request.resume()
      if (/^\/(?:slow|download)/.test(url)) held.push(response)
      else request.on('end', () => response.end(url))
    })
    const proxy = await startPool({ '/ws/*': await startWebSockets(), '/*': upstream.address }, '30s', node)
    const { port } = proxy

    const slow = await Promise.all(Array.from({ length: 5 }, () => HttpClient.connect(port)))
    for (const [i, client] of slow.entries()) client.send(`GET /slow/${i} HTTP/1.1\r\nHost: a\r\n\r\n`)
    const download = await startDownload(port)
    const upload = await HttpClient.connect(port)
    upload.send(`POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 * HALF_BODY_BYTES}\r\n\r\n`)
    upload.send(half)
    const webSocket = await openWebSocket(port)
    const idle = await HttpClient.connect(port)
    await idle.get('/idle')
    const clients = await Promise.all([
      ...Array.from({ length: 30 }, (_, i) => SteadyClient.connect(port, `steady-${i}`)),
      ...Array.from({ length: 10 }, (_, i) => SteadyClient.connect(port, `pipelined-${i}`, { pipelined: 4 })),
      ...Array.from({ length: 10 }, (_, i) => SteadyClient.connect(port, `posts-${i}`, { bodyBytes: 20_000 })),
    ])
    const runs = clients.map((client) => client.run())
    await upstream.received(REQUESTS_BEFORE_THE_SIGNAL)

    proxy.signal('SIGTERM')
    expect(await idle.readToEnd()).toBe('')
    await Promise.all(runs)
    // Everybody whose requests can be answered is gone; what takes longer is still under way.
    expect(proxy.isRunning).toBe(true)
    for (const response of held.splice(0)) response.end(response.req.url === '/download' ? half : response.req.url)
    upload.send(half)
    for (const [i, client] of slow.entries()) {
      expect(await client.readAnswer()).toMatchObject({ body: `/slow/${i}`, headers: { connection: 'close' } })
    }
    expect(await upload.readAnswer()).toMatchObject({ body: '/upload', headers: { connection: 'close' } })
    expect(uploadedBytes).toBe(2 * HALF_BODY_BYTES)
    expect(await download.bodyBytes).toBe(2 * HALF_BODY_BYTES)
    expect(await echo(webSocket, 'still there')).toBe('still there')
    expect(proxy.isRunning).toBe(true)
    webSocket.close(1000)
    expect(await proxy.ended).toEqual({ code: 0, signal: null })

    expect(proxy.output).not.toMatch(/error|warn|closing/i)
    const answered = new Set(clients.flatMap((client) => client.answered))
    const taken = upstream.requests.map(({ text }) => text.split(' ')[1] ?? '')
    expect(taken.filter((path) => /steady|pipelined|posts/.test(path) && !answered.has(path))).toEqual([])
    expect(clients.map(({ failure }) => failure).filter((failure) => failure !== undefined)).toEqual([])
    expect(clients.reduce((sum, { answersBehindLast }) => sum + answersBehindLast, 0)).toBe(0)
    expect(clients.filter(({ isToldToClose }) => isToldToClose).length).toBeGreaterThan(0)
    expect(new Set(taken).size).toBe(taken.length)
  })

  test('requests on connections that only the system had accepted when SIGTERM came are answered', async () => {
    const upstream = await Upstream.start('upstream')
    const proxy = await startPool({ '/*': upstream.address }, '30s', node)
    // While it stands still, the system accepts for it, and takes in what clients send.
    proxy.signal('SIGSTOP')
    const clients = await Promise.all(Array.from({ length: 200 }, () => HttpClient.connect(proxy.port)))
    const answers = Promise.all(clients.map((client, i) => client.get(`/${i}`)))
    await vi.waitFor(() => expect(clients.every(({ socket }) => socket.bytesWritten > 0)).toBe(true))
    proxy.signal('SIGTERM')
    proxy.signal('SIGCONT')
    expect((await answers).map(({ body }) => body)).toEqual(clients.map((_, i) => `upstream GET /${i}`))
    for (const client of clients) client.socket.end()
    expect(await proxy.ended).toEqual({ code: 0, signal: null })
  })

  test.each([
    ['SIGTERM', 'SIGINT', 130],
    ['SIGINT', 'SIGTERM', 143],
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGINT', 'SIGINT', 130],
  ] as const)('%s and then %s ends at once, with %d', async (first, second, code) => {
    const upstream = await Upstream.start('upstream', (_, response) => response.write('for ever'))
    const proxy = await startPool({ '/*': upstream.address }, '1h', node)
    const idle = await HttpClient.connect(proxy.port)
    const client = await HttpClient.connect(proxy.port)
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await upstream.received(1)
    proxy.signal(first)
    expect(await idle.readToEnd()).toBe('')
    expect(proxy.isRunning).toBe(true)
    proxy.signal(second)
    expect(await proxy.ended).toEqual({ code, signal: null })
  })

  test('a WebSocket that nobody ends is cut when the drain time is over, and the exit code is 0', async () => {
    const proxy = await startPool({ '/*': await startWebSockets() }, '1', node)
    const idle = await HttpClient.connect(proxy.port)
    const webSocket = await openWebSocket(proxy.port)
    const closed = new Promise((resolve) => webSocket.once('close', resolve))
    proxy.signal('SIGTERM')
    expect(await idle.readToEnd()).toBe('')
    expect(await echo(webSocket, 'until then it works')).toBe('until then it works')
    expect(await proxy.ended).toEqual({ code: 0, signal: null })
    expect(proxy.output).toMatch(/warn Closing 1 connections: not done after 1000 ms/)
    expect(await closed).toBe(1006)
  })
})

async function startPool(
  routes: Readonly<Record<string, string>>,
  drainTimeout: string,
  node: NodeExecutable,
): Promise<ProxyProcess> {
  const folder = createScriptFolder({ 'proxy.js': poolScript(routes) })
  return await ProxyProcess.start(['--drain-timeout', drainTimeout, 'proxy.js'], { folder, node })
}

/** A server that sends back what it gets. @returns its address */
async function startWebSockets(): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (peer) => peer.on('message', (data) => peer.send(String(data))))
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    for (const peer of server.clients) peer.terminate()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function openWebSocket(port: number): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/ws`)
  onTestFinished(() => client.terminate())
  await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject))
  return client
}

async function echo(client: WebSocket, text: string): Promise<string> {
  const answer = new Promise<string>((resolve) => client.once('message', (data) => resolve(String(data))))
  client.send(text)
  return await answer
}

/** Asks for `/download`. @returns, once its head has come, how long its body will have been */
async function startDownload(port: number): Promise<{ readonly bodyBytes: Promise<number> }> {
  const socket = connect({ port, host: '127.0.0.1' })
  onTestFinished(() => {
    socket.destroy()
  })
  let receivedBytes = 0
  let headBytes = 0
  const whole = new Promise<number>((resolve, reject) => {
    socket.on('data', (bytes) => {
      if (headBytes === 0) headBytes = bytes.indexOf('\r\n\r\n') + 4
      receivedBytes += bytes.length
    })
    socket.once('end', () => resolve(receivedBytes - headBytes))
    socket.once('error', reject)
  })
  socket.write('GET /download HTTP/1.1\r\nHost: a\r\n\r\n')
  await new Promise((resolve) => socket.once('data', resolve))
  return { bodyBytes: whole }
}
