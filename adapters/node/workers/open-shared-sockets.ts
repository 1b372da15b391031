import * as net from 'node:net'
import { getSystemErrorName } from 'node:util'
import { ProxyError } from '../../../src/errors.ts'
import type { Address } from '../../../src/transport.ts'
import { listenError } from '../../../src/streams/socket-errors.ts'
import { openServer, SOCKETS_PER_PORT } from '../socket-listener.ts'
import type { SocketHandle } from './messages.ts'

/** `UV_TCP_REUSEPORT` of libuv's `uv_tcp_flags`. */
const REUSE_PORT_FLAG = 2

/** A bound socket, or a system error's number. node:cluster opens its sockets by this too; it is not in Node's types. */
type CreateServerHandle = (
  ip: string,
  port: number,
  family: 4 | 6,
  fd: undefined,
  flags: number,
) => SocketHandle | number

/**
 * Binds the sockets of a port that several processes share, and does not listen: a socket that only holds the port takes
 * no connection from those who serve.
 *
 * Where the system can balance among sockets of one port, each share is a number of sockets of its own, and new connections are
 * spread evenly over the shares. Elsewhere, and on Node 20, there is one share of one socket, which all processes accept
 * from.
 * @param shareCount how many processes there are
 * @returns the shares; the first socket of the first one knows the port
 * @throws ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_UNAVAILABLE, UNSUPPORTED
 */
export async function openSharedSockets(address: Address, shareCount: number): Promise<SocketHandle[][]> {
  const { address: ip, family } = await probe(address)
  const canShare = await canSharePort(ip)
  const flags = canShare ? REUSE_PORT_FLAG : 0
  const opened: SocketHandle[] = []
  let { port } = address
  const bind = (): SocketHandle => {
    const handle = bindSocket({ host: ip, port }, family === 'IPv6' ? 6 : 4, flags, address)
    opened.push(handle)
    port = portOf(handle, address)
    return handle
  }
  try {
    if (!canShare) return [[bind()]]
    return Array.from({ length: shareCount }, () => Array.from({ length: SOCKETS_PER_PORT }, bind))
  } catch (error) {
    for (const handle of opened) handle.close()
    throw error
  }
}

/**
 * Finds the name's address, and whether the port is free. A socket that only binds may get a port that another program
 * listens on, and one that shares hides it always: so the first to ask listens, and alone.
 */
async function probe(address: Address): Promise<net.AddressInfo> {
  const server = net.createServer((socket) => socket.destroy())
  await openServer(server, address, false)
  const found = server.address() as net.AddressInfo
  await close(server)
  return found
}

/** Whether two sockets can listen on one port: Linux, from Node 22.12 on. */
async function canSharePort(ip: string): Promise<boolean> {
  const servers = [net.createServer(), net.createServer()] as const
  try {
    await openServer(servers[0], { host: ip, port: 0 }, true)
    const { port } = servers[0].address() as net.AddressInfo
    await openServer(servers[1], { host: ip, port }, true)
    return true
  } catch {
    // It refuses to share, or Node does not know how to ask.
    return false
  } finally {
    await Promise.all(servers.filter(({ listening }) => listening).map(close))
  }
}

function close(server: net.Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

function bindSocket({ host, port }: Address, family: 4 | 6, flags: number, asked: Address): SocketHandle {
  const create = (net as unknown as { readonly _createServerHandle?: CreateServerHandle })._createServerHandle
  if (create === undefined) {
    const state = `Node ${process.versions.node} has no way to hold a port that others listen on`
    throw new ProxyError('UNSUPPORTED', `Cannot share a port among workers: ${state}`)
  }
  const handle = create(host, port, family, undefined, flags)
  if (typeof handle === 'number') throw systemError(handle, asked)
  return handle
}

function portOf(handle: SocketHandle, asked: Address): number {
  const bound = { port: 0 }
  // An address in use is told here, and not by binding.
  const status = handle.getsockname(bound)
  if (status !== 0) throw systemError(status, asked)
  return bound.port
}

function systemError(status: number, asked: Address): ProxyError {
  const code = getSystemErrorName(status)
  return listenError(Object.assign(new Error(code), { code }), asked)
}
