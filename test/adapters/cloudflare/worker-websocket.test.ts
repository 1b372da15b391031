import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { type StartedWorker, startWorker } from './support/start-worker.ts'

let server: Server
let sockets: WebSocketServer
// Starting a process takes its time on a busy machine.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 })

let worker: StartedWorker
let onConnection: (socket: WebSocket) => void

beforeAll(async () => {
  server = createServer((_, response) => response.writeHead(418).end('short and stout'))
  sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (protocols) => [...protocols].at(-1) ?? false,
  })
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/refused') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\nConnection: close\r\n\r\nrefused')
      return
    }
    if (request.url?.startsWith('/accept=')) {
      socket.resume().on('end', () => socket.end())
      const accept = decodeURIComponent(request.url.slice('/accept='.length))
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n')
      socket.write(`${accept === '' ? '' : `Sec-WebSocket-Accept: ${accept}\r\n`}\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => onConnection(webSocket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  worker = await startWorker({
    vars: { PORT: port },
    code: `
      import { pipy } from 'sluice'
      import { sockets, worker } from 'sluice/cloudflare'
      export default worker((env) => pipy({ kind: '' })
        .listen(8000)
          .demuxHTTP('request')
        .pipeline('request')
          .handleMessageStart(({ head }, $) => { $.kind = head.headers['x-kind'] })
          .muxHTTP('connection', () => 'one')
        .pipeline('connection')
          .connect(($) => $.kind + '://127.0.0.1:' + env.PORT), { sockets })
    `,
  })
})

afterAll(async () => {
  await worker?.dispose()
  server.closeAllConnections()
  sockets.close()
  await new Promise((resolve) => server.close(resolve))
})

interface Closed {
  readonly code: number
  readonly reason: string
}

describe.each(['tcp', 'http'])('worker with an upstream %s://', (kind) => {
  function open(path = '', protocols: string[] = []): WebSocket {
    return new WebSocket(`${worker.url.replace('http', 'ws')}${path}`, protocols, { headers: { 'x-kind': kind } })
  }

  async function opened(socket: WebSocket): Promise<WebSocket> {
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return socket
  }

  function nextMessage(socket: WebSocket): Promise<{ data: Buffer; isBinary: boolean }> {
    return new Promise((resolve) => {
      socket.once('message', (data, isBinary) => resolve({ data: data as Buffer, isBinary }))
    })
  }

  function closed(socket: WebSocket): Promise<Closed> {
    return new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
  }

  test('passes text and binary messages both ways', async () => {
    onConnection = (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    const client = await opened(open())
    for (const text of ['hello', '', 'ü€😀']) {
      const answer = nextMessage(client)
      client.send(text)
      expect(await answer).toEqual({ data: Buffer.from(text), isBinary: false })
    }
    const binary = Buffer.alloc(1024 * 1024, 'binary')
    const answer = nextMessage(client)
    client.send(binary)
    const { data, isBinary } = await answer
    expect(isBinary).toBe(true)
    expect(data.equals(binary)).toBe(true)
    const end = closed(client)
    client.close()
    await end
  })

  test('passes many messages in order', async () => {
    onConnection = (socket) => socket.on('message', (data) => socket.send(`answer ${data}`))
    const client = await opened(open())
    const answers: string[] = []
    const all = new Promise<void>((resolve) => {
      client.on('message', (data: Buffer) => {
        if (answers.push(data.toString()) === 500) resolve()
      })
    })
    for (let i = 0; i < 500; i++) client.send(String(i))
    await all
    expect(answers).toEqual(Array.from({ length: 500 }, (_, i) => `answer ${i}`))
    client.terminate()
  })

  test('answers pings of both sides', async () => {
    let upstreamPong: Promise<unknown> | undefined
    onConnection = (socket) => {
      upstreamPong = new Promise((resolve) => socket.once('pong', (data) => resolve(data.toString())))
      socket.ping('from upstream')
    }
    const client = await opened(open())
    const pong = new Promise((resolve) => client.once('pong', (data) => resolve(data.toString())))
    client.ping('from client')
    expect(await pong).toBe('from client')
    await expect.poll(() => upstreamPong).toBeDefined()
    expect(await upstreamPong).toBe('from upstream')
    client.terminate()
  })

  test('passes the code and the reason of a client that closes', async () => {
    let end: Promise<Closed> | undefined
    onConnection = (socket) => {
      end = closed(socket)
    }
    const client = await opened(open())
    const clientEnd = closed(client)
    client.close(4001, 'had enough')
    expect(await clientEnd).toEqual({ code: 4001, reason: 'had enough' })
    expect(await end).toEqual({ code: 4001, reason: 'had enough' })
  })

  test('passes the code and the reason of an upstream that closes', async () => {
    let end: Promise<Closed> | undefined
    onConnection = (socket) => {
      end = closed(socket)
      socket.close(4002, 'go away')
    }
    const client = open()
    expect(await closed(client)).toEqual({ code: 4002, reason: 'go away' })
    expect(await end).toEqual({ code: 4002, reason: 'go away' })
  })

  test('closes the client with 1011 when the upstream is killed', async () => {
    onConnection = (socket) => socket.once('message', () => socket.terminate())
    const client = await opened(open())
    const end = closed(client)
    client.send('die')
    expect((await end).code).toBe(1011)
  })

  test('ends the connection to the upstream when the client is killed', async () => {
    let end: Promise<Closed> | undefined
    onConnection = (socket) => {
      end = closed(socket)
      socket.send('welcome')
    }
    const client = open()
    await nextMessage(client)
    client.terminate()
    expect(await end).toBeDefined()
  })

  test('passes the protocol that the upstream chooses', async () => {
    onConnection = () => undefined
    const client = await opened(open('', ['first', 'second']))
    expect(client.protocol).toBe('second')
    client.terminate()
  })

  function refusal(client: WebSocket): Promise<unknown> {
    return new Promise((resolve, reject) => {
      client.once('unexpected-response', (_, response) => {
        response.resume()
        resolve(response.statusCode)
      })
      client.once('open', () => reject(new Error('it opened')))
    })
  }

  test('hands on the answer of an upstream that refuses', async () => {
    expect(await refusal(open('refused'))).toBe(403)
  })

  test.each([
    ['of another key', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
    ['that is missing', ''],
  ])('answers 502 for a Sec-WebSocket-Accept %s', async (_, accept) => {
    expect(await refusal(open(`accept=${encodeURIComponent(accept)}`))).toBe(502)
  })
})
