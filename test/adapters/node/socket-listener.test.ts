import { createServer, Server } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { NodeTransport } from '../../../adapters/node/node-transport.ts'
import { SOCKETS_PER_PORT } from '../../../adapters/node/socket-listener.ts'
import type { Connection } from '../../../src/transport.ts'
import { connect, direct, LISTEN, listen } from './open-sockets.ts'

test('NodeTransport refuses to listen on an address that the machine does not have', async () => {
  const listening = new NodeTransport().listen({ host: '203.0.113.1', port: 0 }, LISTEN, () => undefined)
  await expect(listening).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' })
})

test('NodeTransport listens on all addresses and tells plain IPv4 addresses of clients', async () => {
  const transport = new NodeTransport()
  const arrived: Connection[] = []
  const listener = await transport.listen({ host: '', port: 0 }, LISTEN, (connection) => arrived.push(connection))
  onTestFinished(() => listener.close())
  const client = connect(transport, listener.address.port)
  await client.untilTold('open')
  while (arrived.length === 0) await new Promise(setImmediate)
  onTestFinished(() => direct(arrived[0] as Connection).close())
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
  expect(listener.socketCount).toBe(canSharePorts() ? SOCKETS_PER_PORT : 1)
})

test('NodeTransport tells once in a while that it cannot accept, and goes on', async () => {
  const errors: Error[] = []
  const servers = new Set<Server>()
  const listening = vi.spyOn(Server.prototype, 'listen')
  onTestFinished(() => listening.mockRestore())
  const listener = await listen(new NodeTransport(), () => undefined, {
    ...LISTEN,
    onError: (error) => errors.push(error),
  })
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
