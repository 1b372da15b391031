import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { NodeTransport } from '../../../adapters/node/node-transport.ts'
import { createHealthCheck } from '../../../src/algorithms/service/create-health-check.ts'
import type { CheckOptions } from '../../../src/algorithms/service/health-options.ts'
import { probeTarget } from '../../../src/filters/health-check/probe-target.ts'
import { http1 } from '../../../src/http/http1.ts'

const servers: { readonly server: Server | TcpServer; readonly sockets: Set<Socket> }[] = []

afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
})

async function listen(server: Server | TcpServer): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => sockets.delete(socket))
  })
  servers.push({ server, sockets })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as { port: number }).port}`
}

function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener))
}

function answerBytes(...pieces: readonly string[]): Promise<string> {
  return listen(
    createTcpServer((socket) => {
      socket.once('data', () => {
        for (const piece of pieces) socket.write(piece)
        socket.end()
      })
    }),
  )
}

function probe(target: string, options: CheckOptions, signal = new AbortController().signal): Promise<void> {
  return probeTarget({ transport: new NodeTransport(), http1 }, target, createHealthCheck(options), signal)
}

describe('a check by http', () => {
  test('asks for the path with the Host of the target, and is content with a status from 200 to 399', async () => {
    const seen: unknown[] = []
    const target = await serve((request, response) => {
      seen.push([request.method, request.url, request.headers.host])
      response.writeHead(204).end()
    })
    await probe(target, { type: 'http', path: '/health?full=1' })
    await probe(`http://${target}`, { type: 'http', host: 'app.example', method: 'HEAD' })
    expect(seen).toEqual([
      ['GET', '/health?full=1', target],
      ['HEAD', '/', 'app.example'],
    ])
  })

  test('says which status it was and which were expected', async () => {
    const target = await serve((_, response) => response.writeHead(503).end('no'))
    await expect(probe(target, { type: 'http' })).rejects.toThrow('it answered 503, expected 200-399')
    await expect(probe(target, { type: 'http', expectedStatuses: [503] })).resolves.toBeUndefined()
    await expect(probe(target, { type: 'http', expectedStatuses: [200, '300-302'] })).rejects.toThrow(
      'it answered 503, expected 200, 300-302',
    )
  })

  test('waits for the answer behind an interim one', async () => {
    const target = await answerBytes(
      'HTTP/1.1 103 Early Hints\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    )
    await probe(target, { type: 'http' })
    const bad = await answerBytes('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n')
    await expect(probe(bad, { type: 'http' })).rejects.toThrow('it answered 500')
  })

  test('takes bodies of all kinds, and cuts one that never ends', async () => {
    await probe(await answerBytes('HTTP/1.1 200 OK\r\n\r\nuntil the end'), { type: 'http' })
    await probe(await answerBytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'), {
      type: 'http',
    })
    let isCut: () => void = () => {}
    const cut = new Promise<void>((resolve) => (isCut = resolve))
    const endless = await serve((_, response) => {
      response.writeHead(200)
      const write = (): void => {
        while (response.write('x'.repeat(16_384)));
      }
      response.on('drain', write)
      response.on('close', isCut)
      write()
    })
    await probe(endless, { type: 'http' })
    await cut
  })

  test.each([
    ['of no HTTP', 'hello\r\n\r\n', /Cannot|Malformed|start line/i],
    ['that breaks off in its head', 'HTTP/1.1 200 OK\r\nConte', /ended|closed/],
    ['that breaks off in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok', /ended|closed/],
    ['that is none', '', /closed/],
  ])('fails with an answer %s', async (_, bytes, message) => {
    await expect(probe(await answerBytes(bytes), { type: 'http' })).rejects.toThrow(message)
  })

  test('fails where nobody listens', async () => {
    const target = await serve(() => {})
    for (const { server } of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
    await expect(probe(target, { type: 'http' })).rejects.toMatchObject({ code: 'CONNECTION_REFUSED' })
    await expect(probe(target, { type: 'tcp' })).rejects.toMatchObject({ code: 'CONNECTION_REFUSED' })
    await expect(probe('nowhere', { type: 'tcp' })).rejects.toMatchObject({ code: 'INVALID_TARGET' })
  })

  test('closes its connection when it is given up', async () => {
    let hasCome: () => void = () => {}
    let isGone: () => void = () => {}
    const come = new Promise<void>((resolve) => (hasCome = resolve))
    const gone = new Promise<void>((resolve) => (isGone = resolve))
    const target = await serve((request) => {
      request.on('close', isGone)
      hasCome()
    })
    const controller = new AbortController()
    const probed = probe(target, { type: 'http' }, controller.signal)
    await come
    controller.abort()
    await expect(probed).rejects.toMatchObject({ code: 'CLOSED' })
    await gone
  })
})

describe('a check by tcp', () => {
  test('is content with a connection, and closes it without a word', async () => {
    let said = ''
    let isOver: () => void = () => {}
    const over = new Promise<void>((resolve) => (isOver = resolve))
    const target = await listen(
      createTcpServer((socket) => {
        socket.on('data', (bytes) => (said += String(bytes)))
        socket.on('error', isOver)
        socket.on('close', isOver)
        socket.resume()
      }),
    )
    await probe(target, { type: 'tcp' })
    await over
    expect(said).toBe('')
  })
})
