import { connect as connectSocket, createServer, Server, Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { NodeTransport } from '../../../adapters/node/node-transport.ts'
import type { SocketListener } from '../../../adapters/node/socket-listener.ts'
import { Data } from '../../../src/events.ts'
import type { Connection, ConnectionHandler, DirectConnection } from '../../../src/transport.ts'
import { RecordingHandler } from '../recording-handler.ts'

const LOCAL = { host: '127.0.0.1', port: 0 }
const CONNECT = { connectTimeoutMs: 5000, keepAlive: true, noDelay: true }
const LISTEN = { keepAlive: true, noDelay: true, onError: (error: Error) => Promise.reject(error) }
const MODES = [{ hasOnRead: true }, { hasOnRead: false }]

const closers: (() => unknown)[] = []

afterEach(async () => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  for (const close of closers.splice(0).reverse()) await close()
})

async function listen(transport: NodeTransport, accept: (connection: Connection) => void): Promise<SocketListener> {
  const listener = await transport.listen(LOCAL, LISTEN, (connection) => {
    closers.push(() => connection.direct?.close())
    accept(connection)
  })
  closers.push(() => listener.close())
  return listener as SocketListener
}

function connect(transport: NodeTransport, port: number, host = '127.0.0.1'): RecordingHandler {
  const handler = new RecordingHandler(transport.connect({ host, port }, CONNECT))
  closers.push(() => handler.direct.close())
  return handler
}

function direct(connection: Connection): DirectConnection {
  if (connection.direct === undefined) throw new Error('A connection of node:net has a direct path')
  return connection.direct
}

describe.each(MODES)('SocketConnection with $hasOnRead for onread', (mode) => {
  test('connects to a name with several addresses', async () => {
    const transport = new NodeTransport(mode)
    const listener = await listen(transport, (connection) => direct(connection).attach(new Echo(connection)))
    const client = connect(transport, listener.address.port, 'localhost')
    client.direct.write(Data.latin1('hello'))
    await client.until(({ text }) => text === 'hello')
  })

  test('cuts only its own connection when the handler throws', async () => {
    const transport = new NodeTransport(mode)
    const closed: unknown[] = []
    let count = 0
    const listener = await listen(transport, (connection) => {
      const isFirst = count++ === 0
      const echo = new Echo(connection)
      if (isFirst) {
        echo.onData = () => {
          throw new Error('broken handler')
        }
        echo.onClose = (error) => void closed.push(error)
      }
      direct(connection).attach(echo)
    })
    const broken = connect(transport, listener.address.port)
    broken.direct.write(Data.latin1('x'))
    await broken.untilTold('end')
    expect(closed).toMatchObject([
      { code: 'CALLBACK_FAILED', message: expect.stringContaining('broken handler') as string },
    ])
    const sound = connect(transport, listener.address.port)
    sound.direct.write(Data.latin1('y'))
    await sound.until(({ text }) => text === 'y')
  })

  test('counts accepted connections with the server until each is closed', async () => {
    const transport = new NodeTransport(mode)
    const accepted: RecordingHandler[] = []
    const listener = await listen(transport, (connection) => accepted.push(new RecordingHandler(connection)))
    const clients: RecordingHandler[] = []
    while (clients.length < 3) {
      clients.push(connect(transport, listener.address.port))
      while (accepted.length < clients.length) await new Promise(setImmediate)
    }
    expect(await listener.countConnections()).toBe(3)
    clients[0]?.direct.close()
    await accepted[0]?.untilTold('end')
    accepted[0]?.direct.end()
    await accepted[0]?.untilTold('close')
    expect(await listener.countConnections()).toBe(2)
    let isClosed = false
    const closed = listener.whenClosed().then(() => (isClosed = true))
    await listener.close()
    for (const { direct: one } of accepted.slice(1, 2)) one.close()
    await accepted[1]?.untilTold('close')
    expect(isClosed).toBe(false)
    accepted[2]?.direct.abort()
    await closed
  })

  test('reads nothing of an accepted connection before somebody is attached', async () => {
    const transport = new NodeTransport(mode)
    const arrived = new Promise<Connection>(
      (resolve) =>
        void listen(transport, resolve).then(({ address }) => {
          const client = connect(transport, address.port)
          client.direct.write(Data.latin1('early'))
        }),
    )
    const connection = await arrived
    await new Promise(setImmediate)
    const handler = new RecordingHandler(connection)
    expect(handler.text).toBe('')
    await handler.until(({ text }) => text === 'early')
  })

  test('tells onClose to whoever is attached after the end', async () => {
    const transport = new NodeTransport(mode)
    const listener = await listen(transport, () => undefined)
    const connection = transport.connect(listener.address, CONNECT)
    direct(connection).close()
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    const handler = new RecordingHandler(connection)
    expect(handler.calls).toEqual([])
    await handler.untilTold('close')
    expect(handler.calls).toEqual(['close'])
  })

  test('survives a peer that resets before anybody is attached', async () => {
    const transport = new NodeTransport(mode)
    const arrived: Connection[] = []
    const listener = await listen(transport, (connection) => arrived.push(connection))
    const socket = connectSocket(listener.address.port, '127.0.0.1')
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    while (arrived.length === 0) await new Promise(setImmediate)
    socket.resetAndDestroy()
    await new Promise((resolve) => socket.once('close', resolve))
    const handler = new RecordingHandler(arrived[0] as Connection)
    await handler.untilTold('close')
    expect(handler.error?.code).toBe('CONNECTION_RESET')
  })

  test('knows the address of a client that has left', async () => {
    const transport = new NodeTransport(mode)
    const arrived: [Connection, RecordingHandler][] = []
    const listener = await listen(transport, (connection) =>
      arrived.push([connection, new RecordingHandler(connection)]),
    )
    const client = connect(transport, listener.address.port)
    client.direct.end()
    while (arrived.length === 0) await new Promise(setImmediate)
    const [connection, server] = arrived[0] as [Connection, RecordingHandler]
    await server.untilTold('end')
    server.direct.end()
    await server.untilTold('close')
    expect(connection.info.remoteAddress).toBe('127.0.0.1')
  })

  test('does not mix or lose bytes when many slow readers hold up large bodies', { timeout: 30_000 }, async () => {
    const transport = new NodeTransport(mode)
    await relayLargeBodies(transport, true)
  })

  test('does not mix or lose bytes when the reader of a source ignores that the writer is full', {
    timeout: 30_000,
  }, async () => {
    const transport = new NodeTransport(mode)
    await relayLargeBodies(transport, false)
  })
})

test('SocketConnection sends what one callback writes in one call', async () => {
  const transport = new NodeTransport()
  const listener = await listen(transport, (connection) => {
    const handler = new Echo(connection)
    handler.onData = () => {
      const write = vi.spyOn(Socket.prototype, 'write')
      for (const text of ['a', 'b', 'c']) direct(connection).write(Data.latin1(text))
      direct(connection).write(new Data('d'))
      expect(write).not.toHaveBeenCalled()
      process.nextTick(() =>
        direct(connection).write(new Data(` ${write.mock.calls.length} ${String(write.mock.calls[0]?.[0])}`)),
      )
    }
    direct(connection).attach(handler)
  })
  const client = connect(transport, listener.address.port)
  client.direct.write(Data.latin1('go'))
  await client.until(({ text }) => text === 'abcd 1 abcd')
})

test('SocketConnection gives up connecting with CONNECT_TIMEOUT when the time is over', async () => {
  const transport = new NodeTransport()
  const listener = await listen(transport, () => undefined)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const connection = transport.connect(listener.address, { ...CONNECT, connectTimeoutMs: 250 })
  const handler = new RecordingHandler(connection)
  vi.advanceTimersByTime(249)
  expect(direct(connection).write(Data.latin1('x'))).toBe(true)
  vi.advanceTimersByTime(1)
  vi.useRealTimers()
  await handler.untilTold('close')
  expect(handler.calls).toEqual(['close'])
  expect(handler.error).toMatchObject({ code: 'CONNECT_TIMEOUT', status: 504 })
  expect(handler.error?.message).toContain('250 ms')
})

test('SocketConnection tells a port that cannot be by onClose', async () => {
  const handler = new RecordingHandler(new NodeTransport().connect({ host: '127.0.0.1', port: 70_000 }, CONNECT))
  await handler.untilTold('close')
  expect(handler.error?.code).toBe('CONNECT_FAILED')
})

test('SocketConnection tells a name that does not exist as CANNOT_RESOLVE', { timeout: 30_000 }, async () => {
  const handler = new RecordingHandler(new NodeTransport().connect({ host: 'no-such-name.invalid', port: 80 }, CONNECT))
  await handler.untilTold('close')
  expect(handler.error?.code).toBe('CANNOT_RESOLVE')
})

test('NodeTransport refuses to listen on an address that the machine does not have', async () => {
  const listening = new NodeTransport().listen({ host: '203.0.113.1', port: 0 }, LISTEN, () => undefined)
  await expect(listening).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' })
})

test('NodeTransport listens on all addresses and tells plain IPv4 addresses of clients', async () => {
  const transport = new NodeTransport()
  const arrived: Connection[] = []
  const listener = await transport.listen({ host: '', port: 0 }, LISTEN, (connection) => arrived.push(connection))
  closers.push(() => listener.close())
  const client = connect(transport, listener.address.port)
  await client.untilTold('open')
  while (arrived.length === 0) await new Promise(setImmediate)
  closers.push(() => direct(arrived[0] as Connection).close())
  expect(arrived[0]?.info.remoteAddress).toBe('127.0.0.1')
})

test('NodeTransport shares a port among several listening sockets where Node can, and among nobody else', async () => {
  const transport = new NodeTransport()
  const listener = await listen(transport, () => undefined)
  const server = createServer()
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => {
    server.once('error', resolve).listen({ port: listener.address.port, host: '127.0.0.1' })
  })
  expect(error.code).toBe('EADDRINUSE')
  await expect(new NodeTransport().listen(listener.address, LISTEN, () => undefined)).rejects.toMatchObject({
    code: 'ADDRESS_IN_USE',
  })
  expect(listener.socketCount).toBe(canSharePorts() ? 16 : 1)
})

test('NodeTransport tells once in a while that it cannot accept, and goes on', async () => {
  const errors: Error[] = []
  const servers = new Set<Server>()
  const listening = vi.spyOn(Server.prototype, 'listen')
  const listener = await new NodeTransport().listen(
    LOCAL,
    { ...LISTEN, onError: (error) => errors.push(error) },
    () => undefined,
  )
  closers.push(() => listener.close())
  for (const server of listening.mock.contexts) if ((server as Server).listening) servers.add(server as Server)
  for (const server of servers) server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }))
  expect(errors).toHaveLength(1)
  expect(errors[0]?.message).toBe(`Cannot accept a connection on "127.0.0.1:${listener.address.port}": EMFILE`)
  await connect(new NodeTransport(), listener.address.port).untilTold('open')
})

/** Where Node has `reusePort` (22.12 and 23.1) and the system balances connections among its sockets. */
function canSharePorts(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return process.platform === 'linux' && (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12))
}

/** Writes back what comes. */
class Echo implements ConnectionHandler {
  readonly #direct: DirectConnection

  constructor(connection: Connection) {
    this.#direct = direct(connection)
  }

  onData(data: Data): void {
    this.#direct.write(data)
  }

  onEnd(): void {
    this.#direct.end()
  }

  onDrain(): void {}

  onClose(_error?: unknown): void {}
}

/** Carries what an upstream sends on to a client, as a proxy does. */
class Relay implements ConnectionHandler {
  readonly #upstream: DirectConnection
  readonly #client: DirectConnection
  readonly #pauses: boolean

  constructor(upstream: DirectConnection, client: DirectConnection, pauses: boolean) {
    this.#upstream = upstream
    this.#client = client
    this.#pauses = pauses
    client.attach({
      onData: () => undefined,
      onEnd: () => undefined,
      onDrain: () => upstream.resume(),
      onClose: () => upstream.close(),
    })
  }

  onData(data: Data): void {
    if (!this.#client.write(data) && this.#pauses) this.#upstream.pause()
  }

  onEnd(): void {
    this.#client.end()
  }

  onDrain(): void {}

  onClose(): void {}
}

const BODY_BYTES = 8 * 1024 * 1024
const CONNECTIONS = 12

/** A body of which each byte depends on its place and on the connection that it is for; the first one tells which. */
function bodyOf(connection: number): Uint8Array {
  const bytes = new Uint8Array(BODY_BYTES)
  for (let i = 0; i < BODY_BYTES; i++) bytes[i] = i + (i >> 8) * 3 + (i >> 16) * 5 + connection
  return bytes
}

const bodies = Array.from({ length: CONNECTIONS }, (_, i) => bodyOf(i))

/**
 * Sends a body through a relay to each of many clients that read slowly, at once, so that the system often does not take
 * what is written: bytes that lie in a buffer that another connection reads into would come out wrong.
 */
async function relayLargeBodies(transport: NodeTransport, pauses: boolean): Promise<void> {
  let upstreamCount = 0
  const source = createServer((socket) => socket.end(bodies[upstreamCount++] as Uint8Array))
  await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve))
  closers.push(() => source.close())
  const { port } = source.address() as { port: number }
  const listener = await listen(transport, (connection) => {
    const upstream = direct(transport.connect({ host: '127.0.0.1', port }, CONNECT))
    closers.push(() => upstream.close())
    upstream.attach(new Relay(upstream, direct(connection), pauses))
  })
  const seen = await Promise.all(Array.from({ length: CONNECTIONS }, () => readSlowly(listener.address.port)))
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: CONNECTIONS }, (_, i) => i))
}

/** Reads a body, stopping often; gives the number of the connection that it was made for. */
function readSlowly(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(port, '127.0.0.1')
    let position = 0
    let connection = -1
    socket.on('data', (chunk: Buffer) => {
      if (connection < 0) connection = chunk[0] as number
      const expected = bodies[connection]?.subarray(position, position + chunk.length)
      if (expected === undefined || Buffer.compare(chunk, expected) !== 0) {
        socket.destroy(
          new Error(`Wrong bytes in body ${connection} between ${position} and ${position + chunk.length}`),
        )
        return
      }
      position += chunk.length
      socket.pause()
      setTimeout(() => socket.resume(), 1)
    })
    socket.on('error', reject)
    socket.on('end', () => (position === BODY_BYTES ? resolve(connection) : reject(new Error(`Got ${position} bytes`))))
  })
}
