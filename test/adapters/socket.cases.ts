import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Data } from '../../src/events.ts'
import type { Connection, ConnectOptions, Listener, ListenOptions, Transport } from '../../src/transport.ts'
import { RecordingHandler } from './recording-handler.ts'

const ANY_PORT = { host: '127.0.0.1', port: 0 }
const CONNECT: ConnectOptions = { connectTimeoutMs: 5000, keepAlive: true, noDelay: true }
const LISTEN: ListenOptions = { keepAlive: true, noDelay: true, onError: (error) => Promise.reject(error) }

/** A port of this machine that neither accepts nor refuses; whoever starts the suite has opened it. */
function silentPort(): number {
  const port = Number(process.env['SILENT_PORT'])
  if (!(port > 0)) throw new Error('The suite needs SILENT_PORT in its environment')
  return port
}

/** What transports over a system's sockets promise beyond the suite of all transports: its answers, and bad ends. */
export function socketCases(name: string, create: () => Transport): void {
  describe(name, () => {
    let transport: Transport
    let listeners: Listener[]
    let handlers: RecordingHandler[]

    beforeEach(() => {
      transport = create()
      listeners = []
      handlers = []
    })

    afterEach(async () => {
      for (const { direct } of handlers) direct.close()
      for (const listener of listeners) await listener.close()
    })

    const listen = async (accept: (connection: Connection) => void, address = ANY_PORT): Promise<Listener> => {
      const listener = await (transport.listen as NonNullable<Transport['listen']>)(address, LISTEN, accept)
      listeners.push(listener)
      return listener
    }

    const record = (connection: Connection): RecordingHandler => {
      const handler = new RecordingHandler(connection)
      handlers.push(handler)
      return handler
    }

    const connect = (port: number, host = ANY_PORT.host, options = CONNECT): RecordingHandler =>
      record(transport.connect({ host, port }, options))

    /** Both ends of a new connection. */
    const pair = async (): Promise<[client: RecordingHandler, server: RecordingHandler, accepted: Connection]> => {
      let onAccept: (connection: Connection) => void = () => undefined
      const accepted = new Promise<Connection>((resolve) => (onAccept = resolve))
      let server: RecordingHandler | undefined
      const listener = await listen((connection) => {
        server = record(connection)
        onAccept(connection)
      })
      const client = connect(listener.address.port)
      const connection = await accepted
      return [client, server as RecordingHandler, connection]
    }

    test('a reset after the client has ended its side is no orderly end', async () => {
      const [client, server] = await pair()
      client.direct.write(Data.latin1('question'))
      client.direct.end()
      await server.untilTold('end')
      server.direct.write(Data.latin1('half of the ans'))
      await client.until(({ text }) => text === 'half of the ans')
      server.direct.abort()
      await client.untilTold('close')
      expect(client.error?.code).toBe('CONNECTION_RESET')
      expect(client.calls).not.toContain('end')
    })

    test('a reset while it is paused is told', async () => {
      const [client, server] = await pair()
      server.direct.pause()
      client.direct.abort()
      await client.untilTold('close')
      server.direct.resume()
      server.direct.write(Data.latin1('x'))
      await server.untilTold('close')
      expect(server.error?.code).toBe('CONNECTION_RESET')
    })

    test('what waits is sent before the end, however much it is', async () => {
      const [client, server] = await pair()
      server.direct.pause()
      const size = 12 * 1024 * 1024
      client.direct.write(new Data(new Uint8Array(size).fill(7)))
      client.direct.end()
      server.direct.resume()
      await server.untilTold('end')
      expect(server.receivedBytes).toBe(size)
      expect(client.calls.filter((call) => call === 'drain')).toHaveLength(1)
    })

    test('a handler that throws costs its own connection and no other', async () => {
      const [client, server] = await pair()
      server.onData = () => {
        throw new Error('broken handler')
      }
      client.direct.write(Data.latin1('x'))
      await server.untilTold('close')
      expect(server.error?.code).toBe('CALLBACK_FAILED')
      expect(server.error?.message).toContain('broken handler')
      const [other, otherServer] = await pair()
      other.direct.write(Data.latin1('y'))
      await otherServer.until(({ text }) => text === 'y')
    })

    test('nothing is read before somebody is attached, and its end is told to who attaches later', async () => {
      let accepted: Connection | undefined
      let onAccept: () => void = () => undefined
      const arrived = new Promise<void>((resolve) => (onAccept = resolve))
      const listener = await listen((connection) => {
        accepted = connection
        onAccept()
      })
      const client = connect(listener.address.port)
      const chunk = new Data(new Uint8Array(64 * 1024))
      await arrived
      let written = 0
      while (written < 16 * 1024 * 1024 && client.direct.write(chunk)) written += chunk.size
      expect(written).toBeLessThan(16 * 1024 * 1024)
      const server = record(accepted as Connection)
      await client.untilTold('drain')
      client.direct.end()
      await server.untilTold('end')
      expect(server.receivedBytes).toBe(written + chunk.size)
    })

    test('a connection given up while it is connecting is told as closed once', async () => {
      const listener = await listen(record)
      const client = connect(listener.address.port)
      client.inside(() => client.direct.close())
      const aborted = connect(listener.address.port)
      aborted.inside(() => aborted.direct.abort())
      await client.untilTold('close')
      await aborted.untilTold('close')
      expect([client.calls, aborted.calls]).toEqual([['close'], ['close']])
      expect([client.error, aborted.error?.code]).toEqual([undefined, 'CLOSED'])
    })

    test('a name with several addresses is connected to', async () => {
      const listener = await listen(record)
      const client = connect(listener.address.port, 'localhost')
      await client.untilTold('open')
    })

    test('a name that does not exist is CANNOT_RESOLVE', async () => {
      const client = connect(80, 'no-such-name.invalid')
      await client.untilTold('close')
      expect(client.error?.code).toBe('CANNOT_RESOLVE')
    })

    test('a port that cannot be is told by onClose', async () => {
      const client = connect(70_000)
      await client.untilTold('close')
      expect(client.error?.code).toBe('CONNECT_FAILED')
    })

    test('a connection that does not stand in time is CONNECT_TIMEOUT', async () => {
      const client = connect(silentPort(), '127.0.0.1', { ...CONNECT, connectTimeoutMs: 50 })
      // The timer keeps no process alive: something else has to.
      const alive = setInterval(() => undefined, 1000)
      await client.untilTold('close')
      clearInterval(alive)
      expect(client.calls).toEqual(['close'])
      expect(client.error?.code).toBe('CONNECT_TIMEOUT')
      expect(client.error?.message).toContain('50 ms')
    })

    test('an address that the machine does not have is ADDRESS_UNAVAILABLE, and so is a name', async () => {
      for (const host of ['203.0.113.1', 'no-such-name.invalid']) {
        await expect(listen(record, { host, port: 0 })).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' })
      }
    })

    test('all addresses are listened on, and IPv4 clients have plain addresses', async () => {
      let onAccept: (connection: Connection) => void = () => undefined
      const accepted = new Promise<Connection>((resolve) => (onAccept = resolve))
      const listener = await listen(
        (connection) => {
          record(connection)
          onAccept(connection)
        },
        { host: '', port: 0 },
      )
      connect(listener.address.port)
      expect((await accepted).info.remoteAddress).toBe('127.0.0.1')
      connect(listener.address.port, '::1')
      await handlers.at(-1)?.untilTold('open')
    })

    test('the address of a client that has left is known', async () => {
      const [client, server, accepted] = await pair()
      client.direct.end()
      await server.untilTold('end')
      server.direct.end()
      await server.untilTold('close')
      expect(accepted.info.remoteAddress).toBe('127.0.0.1')
    })

    test('a timer fires once, and not when it is cancelled', async () => {
      const fired: string[] = []
      // Timers keep no process alive: something else has to.
      const alive = setInterval(() => undefined, 1000)
      transport.setTimer(() => fired.push('cancelled'), 1).cancel()
      transport.setTimer(() => fired.push('first'), 1)
      await new Promise<void>((resolve) => transport.setTimer(resolve, 20))
      clearInterval(alive)
      expect(fired).toEqual(['first'])
    })
  })
}
