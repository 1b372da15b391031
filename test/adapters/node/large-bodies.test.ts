import { connect as connectSocket, createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { NodeTransport } from '../../../adapters/node/node-transport.ts'
import type { Data } from '../../../src/events.ts'
import type { ConnectionHandler, DirectConnection } from '../../../src/transport.ts'
import { CONNECT, direct, listen } from './open-sockets.ts'

describe.each([{ hasOnRead: true }, { hasOnRead: false }])('NodeTransport with $hasOnRead for onread', (mode) => {
  test('does not mix or lose bytes when many slow readers hold up large bodies', { timeout: 30_000 }, async () => {
    await relayLargeBodies(new NodeTransport(mode), true)
  })

  test('does not mix or lose bytes when the reader of a source ignores that the writer is full', {
    timeout: 30_000,
  }, async () => {
    await relayLargeBodies(new NodeTransport(mode), false)
  })
})

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
  onTestFinished(() => void source.close())
  const { port } = source.address() as { port: number }
  const listener = await listen(transport, (connection) => {
    const upstream = direct(transport.connect({ host: '127.0.0.1', port }, CONNECT))
    onTestFinished(() => upstream.close())
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
