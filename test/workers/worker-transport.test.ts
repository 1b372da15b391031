import { createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { SOCKETS_PER_PORT } from '../../adapters/node/socket-listener.ts'
import type { PrimaryMessage, SocketHandle, WorkerMessage } from '../../adapters/node/workers/messages.ts'
import { openSharedSockets } from '../../adapters/node/workers/open-shared-sockets.ts'
import { WorkerTransport } from '../../adapters/node/workers/worker-transport.ts'
import type { Connection, Listener, ListenOptions } from '../../src/transport.ts'
import { HttpClient } from '../end-to-end/support/http-client.ts'
import { findClosedAddress } from '../end-to-end/support/closed-address.ts'

const LOCAL = { host: '127.0.0.1', port: 0 }
const OPTIONS: ListenOptions = { keepAlive: true, noDelay: true, onError: (error) => expect(error).toBeUndefined() }
const KEY = '127.0.0.1:0#0'

interface Worker {
  readonly transport: WorkerTransport
  readonly told: WorkerMessage[]
  readonly accepted: Connection[]
  /** As the primary gives a share. */
  give(shares: readonly SocketHandle[][], share: number): void
  listen(): Promise<Listener>
}

function createWorker(): Worker {
  const told: WorkerMessage[] = []
  const accepted: Connection[] = []
  const transport = new WorkerTransport((message) => told.push(message))
  return {
    transport,
    told,
    accepted,
    give: (shares, share) => {
      const handles = shares[share] ?? []
      const message: PrimaryMessage = { sluice: 'socket', key: KEY, share, count: handles.length }
      for (const handle of handles) transport.handle(message, handle)
    },
    listen: async () => {
      const listener = await transport.listen(LOCAL, OPTIONS, (connection) => {
        accepted.push(connection)
        connection.direct?.close()
      })
      onTestFinished(() => listener.close())
      return listener
    },
  }
}

function portOf(shares: readonly SocketHandle[][]): number {
  const address = { port: 0 }
  shares[0]?.[0]?.getsockname(address)
  return address.port
}

/** @returns whether somebody listens */
async function isOpen(port: number): Promise<boolean> {
  try {
    const { socket } = await HttpClient.connect(port)
    socket.destroy()
    return true
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ECONNREFUSED')
    return false
  }
}

test('openSharedSockets holds a port that the system chose, and takes no connection', async () => {
  const shares = await openSharedSockets(LOCAL, 2)
  const port = portOf(shares)
  expect(port).toBeGreaterThan(0)
  const sizes = shares.map(({ length }) => length)
  expect([[1], [SOCKETS_PER_PORT, SOCKETS_PER_PORT]]).toContainEqual(sizes)
  expect(await isOpen(port)).toBe(false)
  for (const handle of shares.flat()) handle.close()
})

test('openSharedSockets finds the address of a name', async () => {
  const shares = await openSharedSockets({ host: 'localhost', port: 0 }, 1)
  const bound = { address: '', port: 0 }
  shares[0]?.[0]?.getsockname(bound)
  expect(['127.0.0.1', '::1']).toContain(bound.address)
  for (const handle of shares.flat()) handle.close()
})

test('openSharedSockets refuses a port that somebody has, and an address that the machine has not', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  const { port } = server.address() as AddressInfo
  await expect(openSharedSockets({ host: '127.0.0.1', port }, 2)).rejects.toMatchObject({
    code: 'ADDRESS_IN_USE',
    message: expect.stringContaining(`"127.0.0.1:${port}"`) as string,
  })
  await expect(openSharedSockets({ host: '203.0.113.1', port: 0 }, 2)).rejects.toMatchObject({
    code: 'ADDRESS_UNAVAILABLE',
  })
})

test('WorkerTransport listens when the primary has given it its share, and closes it with the listener', async () => {
  const worker = createWorker()
  const shares = await openSharedSockets(LOCAL, 1)
  const listening = worker.listen()
  expect(worker.told).toEqual([{ sluice: 'listen', key: KEY, address: LOCAL }])
  worker.give(shares, 0)
  const listener = await listening
  const port = portOf(shares)
  expect(listener.address).toEqual({ host: '127.0.0.1', port })
  expect(await isOpen(port)).toBe(true)
  while (worker.transport.acceptedCount < 1) await new Promise(setImmediate)
  expect(worker.accepted).toHaveLength(1)
  await listener.close()
  expect(await isOpen(port)).toBe(false)
})

test('WorkerTransport rejects with what the primary says', async () => {
  const worker = createWorker()
  const listening = worker.transport.listen(LOCAL, OPTIONS, () => undefined)
  worker.transport.handle({ sluice: 'refused', key: KEY, code: 'ADDRESS_IN_USE', message: 'taken' }, undefined)
  await expect(listening).rejects.toMatchObject({ code: 'ADDRESS_IN_USE', message: 'taken' })
})

test('WorkerTransport listens for others too, until it is told to leave that', async () => {
  const worker = createWorker()
  const shares = await openSharedSockets(LOCAL, 2)
  // Where there is one share for all, nobody has to look after another one.
  if (shares.length === 1) return
  const listening = worker.listen()
  worker.give(shares, 0)
  const listener = await listening
  worker.give(shares, 1)
  for (let i = 0; i < 40; i++) expect(await isOpen(listener.address.port)).toBe(true)
  worker.transport.handle({ sluice: 'release', key: KEY, share: 1 }, undefined)
  await listener.close()
  expect(await isOpen(listener.address.port)).toBe(false)
})

test('WorkerTransport closes what has come of a share that never gets complete', async () => {
  const worker = createWorker()
  const shares = await openSharedSockets(LOCAL, 2)
  if (shares.length === 1) return
  const listening = worker.listen()
  worker.give(shares, 0)
  const listener = await listening
  const [first, ...rest] = shares[1] as SocketHandle[]
  worker.transport.handle({ sluice: 'socket', key: KEY, share: 1, count: 16 }, first)
  for (const handle of rest) handle.close()
  await listener.close()
  expect(await isOpen(listener.address.port)).toBe(false)
})

test('WorkerTransport closes sockets of a port that it does not listen on', async () => {
  const { transport } = createWorker()
  let isClosed = false
  const handle: SocketHandle = { getsockname: () => 0, close: () => (isClosed = true) }
  transport.handle({ sluice: 'socket', key: 'elsewhere', share: 0, count: 1 }, handle)
  expect(isClosed).toBe(true)
})

test('WorkerTransport asks for each listen of one address by a key of its own', async () => {
  const { transport, told } = createWorker()
  const [, port] = (await findClosedAddress()).split(':')
  const address = { host: '127.0.0.1', port: Number(port) }
  for (let i = 0; i < 2; i++) void transport.listen(address, OPTIONS, () => undefined)
  expect(told.map((message) => 'key' in message && message.key)).toEqual([`127.0.0.1:${port}#0`, `127.0.0.1:${port}#1`])
})
