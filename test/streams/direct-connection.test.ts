import { describe, expect, test } from 'vitest'
import { directConnection } from '../../src/streams/direct-connection.ts'
import { StreamConnection } from '../../src/streams/stream-connection.ts'
import type { Connection } from '../../src/transport.ts'
import { PlayedConnection } from '../engine/played-connection.ts'
import { MemoryTransport, type MemoryTransportOptions } from '../support/memory-transport.ts'
import { type ConnectedPair, directConnectionCases } from './direct-connection.cases.ts'
import { createWebStreamPair, settleStreams } from './web-stream-pair.ts'

async function connectInMemory(options: MemoryTransportOptions): Promise<ConnectedPair> {
  const transport = new MemoryTransport(options)
  const accepted: Connection[] = []
  const listenOptions = { keepAlive: true, noDelay: true, onError: () => undefined }
  await transport.listen({ host: '127.0.0.1', port: 8000 }, listenOptions, (connection) => accepted.push(connection))
  const connectOptions = { connectTimeoutMs: 1000, keepAlive: true, noDelay: true }
  const client = transport.connect({ host: '127.0.0.1', port: 8000 }, connectOptions)
  await transport.settle()
  const [server] = accepted
  if (server === undefined) throw new Error('The connection was not accepted')
  return { near: directConnection(client), far: directConnection(server), settle: () => transport.settle() }
}

function connectWebStreams(): ConnectedPair {
  const [near, far] = createWebStreamPair()
  return { near: directConnection(near), far: directConnection(far), settle: settleStreams }
}

directConnectionCases('a transport in memory', () => connectInMemory({}))
directConnectionCases('a transport in memory that has only streams', () => connectInMemory({ hasOnlyStreams: true }))
directConnectionCases('a transport in memory with reads of random length', () => connectInMemory({ splitsReads: true }))
directConnectionCases('a pair of Web Streams', connectWebStreams)

describe('directConnection', () => {
  test('gives a connection’s own direct path where there is one', () => {
    const connection = new PlayedConnection()
    expect(directConnection(connection)).toBe(connection)
  })

  test('makes one over the streams where there is none', () => {
    const [near] = createWebStreamPair()
    expect(directConnection(near)).toBeInstanceOf(StreamConnection)
  })
})
