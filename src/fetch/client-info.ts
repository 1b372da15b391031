import type { ConnectionInfo } from '../transport.ts'

/** The second argument of a handler of the shape of fetch, as far as it tells who the client is. */
interface ServerArgument {
  /** https://docs.deno.com/api/deno/~/Deno.ServeHandlerInfo */
  readonly remoteAddr?: { readonly hostname?: string; readonly port?: number }
  /** https://bun.com/docs/api/http: the server itself. */
  readonly requestIP?: (request: Request) => { readonly address: string; readonly port: number } | null
  /** https://github.com/honojs/node-server: the request of node:http. */
  readonly incoming?: { readonly socket: Partial<ConnectionInfo> }
}

/**
 * Who sent a request, where the server tells the handler by its second argument: `Deno.serve`, `Bun.serve` and Hono's server
 * on Node do. Others, as Workers, put bindings there.
 * @returns undefined when it tells nothing
 */
export function clientInfo(argument: unknown, request: Request): ConnectionInfo | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined
  const { remoteAddr, requestIP, incoming } = argument as ServerArgument
  if (typeof remoteAddr?.hostname === 'string') return toInfo(remoteAddr.hostname, remoteAddr.port)
  if (typeof requestIP === 'function') {
    const client = requestIP.call(argument, request)
    return client === null ? undefined : toInfo(client.address, client.port)
  }
  const socket = incoming?.socket
  if (typeof socket?.remoteAddress !== 'string') return undefined
  return toInfo(socket.remoteAddress, socket.remotePort, socket.localAddress, socket.localPort)
}

function toInfo(remoteAddress: string, remotePort = 0, localAddress = '', localPort = 0): ConnectionInfo {
  return { remoteAddress, remotePort, localAddress, localPort }
}
