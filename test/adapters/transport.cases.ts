import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Data } from '../../src/events.ts'
import type { Address, Connection, ConnectOptions, Listener, ListenOptions, Transport } from '../../src/transport.ts'
import { RecordingHandler } from './recording-handler.ts'

const HOST = '127.0.0.1'
const CONNECT: ConnectOptions = { connectTimeoutMs: 5000, keepAlive: true, noDelay: true }

/** Collects what the listening side throws, which would be lost in its callbacks. */
const LISTEN: ListenOptions = { keepAlive: true, noDelay: true, onError: (error) => Promise.reject(error) }

/** More than any system takes for a reader that does not read. */
const FLOOD_BYTES = 16 * 1024 * 1024
const CHUNK_BYTES = 64 * 1024

/** Bytes that differ everywhere, so that one out of place is found. */
function pattern(size: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + (i >> 16) + seed) & 255
  return bytes
}

export interface TransportCasesOptions {
  /** How the suite sees the transport's connections. @default as they are: by their direct path where they have one */
  readonly view?: (connection: Connection) => Connection
  /** Whether the first write tells that a connection stands, since streams have no other way to. @default false */
  readonly guessesOpen?: boolean
}

/** What every transport promises that can connect to its own listeners: one line in the test of each. */
export function transportCases(name: string, create: () => Transport, options: TransportCasesOptions = {}): void {
  const { view = (connection: Connection) => connection, guessesOpen = false } = options
  describe(name, () => {
    let transport: Transport
    let listener: Listener
    let accepted: RecordingHandler[]
    let onAccept: () => void
    let open: RecordingHandler[]

    const listen = async (address: Address): Promise<Listener> => {
      if (transport.listen === undefined) throw new Error('The suite needs a transport that listens')
      return transport.listen(address, LISTEN, (connection) => {
        accepted.push(new RecordingHandler(view(connection)))
        onAccept()
      })
    }

    const connect = (address: Address = listener.address): RecordingHandler => {
      const handler = new RecordingHandler(view(transport.connect(address, CONNECT)))
      open.push(handler)
      return handler
    }

    /** Both ends of a new connection. */
    const pair = async (): Promise<[client: RecordingHandler, server: RecordingHandler]> => {
      const arrived = new Promise<void>((resolve) => (onAccept = resolve))
      const client = connect()
      await arrived
      return [client, accepted.at(-1) as RecordingHandler]
    }

    beforeEach(async () => {
      transport = create()
      accepted = []
      open = []
      onAccept = () => undefined
      listener = await listen({ host: HOST, port: 0 })
    })

    afterEach(async () => {
      for (const handler of [...open, ...accepted]) handler.direct.close()
      await listener.close()
    })

    test('a connection carries bytes both ways and tells the open first', async () => {
      const [client, server] = await pair()
      client.direct.write(Data.latin1('ping'))
      await server.until(({ text }) => text === 'ping')
      server.direct.write(new Data('pong'))
      await client.until(({ text }) => text === 'pong')
      expect(client.calls[0]).toBe('open')
      expect(client.calls.filter((call) => call === 'open')).toHaveLength(1)
    })

    test('a connection can be written to before it is open', async () => {
      const client = connect()
      client.direct.write(Data.latin1('early '))
      client.direct.write(new Data(pattern(100_000)))
      await new Promise<void>((resolve) => (onAccept = resolve))
      const server = accepted[0] as RecordingHandler
      await server.until(({ receivedBytes }) => receivedBytes === 100_006)
      expect(server.text.startsWith('early ')).toBe(true)
      expect(Buffer.compare(server.bytes.subarray(6), pattern(100_000))).toBe(0)
    })

    test('a connection keeps the order of text, small and large pieces', async () => {
      const [client, server] = await pair()
      const parts: Uint8Array[] = []
      for (let i = 0; i < 60; i++) {
        const size = [3, 5000, 40, 70_000, 4096, 4097][i % 6] as number
        const bytes = pattern(size, i)
        parts.push(bytes)
        const text = Buffer.from(bytes).toString('latin1')
        client.direct.write(i % 4 === 0 ? Data.latin1(text) : Data.view(bytes, 0, size, 'owned'))
      }
      const expected = new Uint8Array(Buffer.concat(parts))
      await server.until(({ receivedBytes }) => receivedBytes === expected.length)
      expect(Buffer.compare(server.bytes, expected)).toBe(0)
    })

    test('a connection is done with borrowed bytes when the write returns', async () => {
      const [client, server] = await pair()
      const sizes = [10, 4096, 5000, 65_536, 300_000]
      const expected: Uint8Array[] = []
      for (const [i, size] of sizes.entries()) {
        const bytes = pattern(size + 20, i)
        expected.push(bytes.slice(10, size + 10))
        client.direct.write(Data.view(bytes, 10, size + 10, 'call'))
        bytes.fill(0)
      }
      const all = new Uint8Array(Buffer.concat(expected))
      await server.until(({ receivedBytes }) => receivedBytes === all.length)
      expect(Buffer.compare(server.bytes, all)).toBe(0)
    })

    test('a connection stops its writer when the peer does not read, and tells when it goes on', async () => {
      const [client, server] = await pair()
      server.inside(() => server.direct.pause())
      const chunk = pattern(CHUNK_BYTES)
      let written = 0
      while (
        written < FLOOD_BYTES &&
        client.inside(() => client.direct.write(Data.view(chunk, 0, chunk.length, 'call')))
      ) {
        written += chunk.length
      }
      written += chunk.length
      expect(written).toBeLessThan(FLOOD_BYTES)
      expect(client.calls).not.toContain('drain')
      server.inside(() => server.direct.resume())
      await client.untilTold('drain')
      await server.until(({ receivedBytes }) => receivedBytes === written)
      expect(server.bytes.every((byte, i) => byte === chunk[i % chunk.length])).toBe(true)
    })

    test('a paused connection tells nothing until it is resumed', async () => {
      const [client, server] = await pair()
      client.direct.write(Data.latin1('one'))
      await server.until(({ text }) => text === 'one')
      server.inside(() => server.direct.pause())
      client.direct.write(Data.latin1('two'))
      client.direct.end()
      // A round trip on another connection: had it been told anything, it would have come by now.
      const [other, otherServer] = await pair()
      other.direct.write(Data.latin1('x'))
      await otherServer.untilTold('data')
      expect(server.text).toBe('one')
      server.inside(() => server.direct.resume())
      await server.untilTold('end')
      expect(server.text).toBe('onetwo')
    })

    test('a connection that is paused while it is told of data stops there', async () => {
      const [client, server] = await pair()
      const total = 4 * 1024 * 1024
      client.direct.write(new Data(pattern(total)))
      await server.until(({ direct }) => {
        direct.pause()
        return true
      })
      const calls = server.calls.length
      const [other, otherServer] = await pair()
      other.direct.write(Data.latin1('x'))
      await otherServer.untilTold('data')
      expect(server.calls.length).toBe(calls)
      server.direct.resume()
      await server.until(({ receivedBytes }) => receivedBytes === total)
      expect(Buffer.compare(server.bytes, pattern(total))).toBe(0)
    })

    test('a half-closed connection still carries the answer', async () => {
      const [client, server] = await pair()
      client.direct.write(Data.latin1('question'))
      client.inside(() => client.direct.end())
      await server.untilTold('end')
      expect(server.text).toBe('question')
      server.direct.write(new Data(pattern(200_000)))
      server.direct.end()
      await client.untilTold('close')
      await server.untilTold('close')
      expect(client.receivedBytes).toBe(200_000)
      expect(client.calls.slice(-2)).toEqual(['end', 'close'])
      expect([client.error, server.error]).toEqual([undefined, undefined])
    })

    test('a connection tells when its end is on its way', async () => {
      const [client, server] = await pair()
      client.direct.write(Data.latin1('all'))
      client.inside(() => client.direct.end())
      await client.untilTold('drain')
      await server.untilTold('end')
      expect([server.text, client.calls.filter((call) => call === 'drain').length]).toEqual(['all', 1])
    })

    test('close ends both directions at once and tells onClose later, without an error', async () => {
      const [client, server] = await pair()
      client.inside(() => client.direct.close())
      await client.untilTold('close')
      expect(client.error).toBeUndefined()
      expect(client.direct.write(Data.latin1('lost'))).toBe(true)
      await server.until(({ calls }) => calls.includes('end') || calls.includes('close'))
      expect(server.text).toBe('')
    })

    test('abort lets the peer see that this was no orderly end', async () => {
      const [client, server] = await pair()
      client.direct.write(Data.latin1('half'))
      await server.until(({ text }) => text === 'half')
      client.inside(() => client.direct.abort())
      await server.untilTold('close')
      expect(server.error?.code).toBe('CONNECTION_RESET')
      expect(server.calls).not.toContain('end')
      await client.untilTold('close')
    })

    test('a connection to where nothing listens is told as CONNECTION_REFUSED, and never as open', async () => {
      const closed = await listen({ host: HOST, port: 0 })
      await closed.close()
      const client = connect(closed.address)
      client.direct.write(Data.latin1('x'))
      await client.untilTold('close')
      expect(client.calls.filter((call) => call !== 'open' || !guessesOpen)).toEqual(['close'])
      expect(client.error?.code).toBe('CONNECTION_REFUSED')
      expect(client.error?.message).toContain(`"${HOST}:${closed.address.port}"`)
    })

    test('listen takes a free port for 0 and refuses one that is taken', async () => {
      expect(listener.address.port).toBeGreaterThan(0)
      await expect(listen(listener.address)).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' })
    })

    test('a closed listener frees its port, and its connections go on', async () => {
      const [client, server] = await pair()
      await listener.close()
      await listener.close()
      client.direct.write(Data.latin1('still'))
      await server.until(({ text }) => text === 'still')
      listener = await listen(listener.address)
      await pair()
    })

    test('a connection knows the addresses of both ends', async () => {
      const infos: Connection['info'][] = []
      const own = await (transport.listen as NonNullable<Transport['listen']>)(
        { host: HOST, port: 0 },
        LISTEN,
        (connection) => {
          infos.push(connection.info)
          accepted.push(new RecordingHandler(view(connection)))
          onAccept()
        },
      )
      const arrived = new Promise<void>((resolve) => (onAccept = resolve))
      const connection = transport.connect(own.address, CONNECT)
      const client = new RecordingHandler(view(connection))
      open.push(client)
      await arrived
      await client.until(({ calls }) => calls.length >= 0)
      expect(infos[0]).toMatchObject({ localPort: own.address.port, remoteAddress: HOST, localAddress: HOST })
      expect(infos[0]?.remotePort).toBeGreaterThan(0)
      await own.close()
    })

    test('a thousand small writes of one turn arrive in order', async () => {
      const [client, server] = await pair()
      let expected = ''
      for (let i = 0; i < 1000; i++) {
        client.direct.write(i % 2 === 0 ? Data.latin1(`${i},`) : new Data(`${i},`))
        expected += `${i},`
      }
      await server.until(({ text }) => text === expected)
    })

    test('many connections at once do not mix their bytes', async () => {
      const count = 40
      const clients: [RecordingHandler, RecordingHandler][] = []
      for (let i = 0; i < count; i++) clients.push(await pair())
      for (const [i, [client]] of clients.entries()) client.direct.write(new Data(pattern(30_000 + i, i)))
      for (const [i, [, server]] of clients.entries()) {
        await server.until(({ receivedBytes }) => receivedBytes === 30_000 + i)
        expect(Buffer.compare(server.bytes, pattern(30_000 + i, i))).toBe(0)
      }
    })

    test('now never goes back and random stays in its range', () => {
      const times = Array.from({ length: 100 }, () => transport.now())
      expect(times.toSorted((a, b) => a - b)).toEqual(times)
      expect(Array.from({ length: 100 }, () => transport.random()).every((n) => n >= 0 && n < 1)).toBe(true)
    })
  })
}
