import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { NodeTransport } from '../../../adapters/node/node-transport.ts'
import { Data } from '../../../src/events.ts'
import type { Connection, ConnectionHandler, DirectConnection } from '../../../src/transport.ts'
import { RecordingHandler } from '../recording-handler.ts'
import { CONNECT, connect, direct, listen } from './open-sockets.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe.each([{ hasOnRead: true }, { hasOnRead: false }])('SocketConnection with $hasOnRead for onread', (mode) => {
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
})

test('SocketConnection sends what one turn writes in one call', async () => {
  const listener = await listen(new NodeTransport(), (connection) => {
    const handler = new Echo(connection)
    handler.onData = () => {
      for (let i = 0; i < 50; i++) direct(connection).write(i % 2 === 0 ? Data.latin1('a') : new Data('b'))
      direct(connection).end()
    }
    direct(connection).attach(handler)
  })
  const chunks: string[] = []
  const client = connectSocket(listener.address.port, listener.address.host)
  client.setEncoding('latin1').on('data', (chunk: string) => chunks.push(chunk))
  client.write('go')
  await once(client, 'end')
  client.destroy()
  expect(chunks).toEqual(['ab'.repeat(25)])
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
