import { type OnReadOpts, type Server, Socket, type SocketConstructorOpts } from 'node:net'

/** What Node keeps in an accepted socket: its system handle, and the server that counts it. */
interface AcceptedSocket {
  _handle: object | null
  _server: Server | null
  server: Server | null
}

/**
 * Whether a socket that a server accepted can be opened again with `onread`. Node offers that option only for sockets
 * that connect; what this looks for is there in Node 20 to 26.
 */
export function canReopen(accepted: Socket): boolean {
  const { _handle: handle } = accepted as unknown as AcceptedSocket
  return handle !== null && typeof handle === 'object' && 'useUserBuffer' in handle && '_server' in accepted
}

/**
 * Makes another socket of the handle of an accepted one, so that it reads by `onread` into a buffer of ours: Node's own
 * way is a new buffer for each read. The new socket takes the old one's place with the server, which counts it and waits
 * for it in `close`; the old one is left without anything that it could hold or tell.
 */
export function reopenAccepted(accepted: Socket, onread: OnReadOpts): Socket {
  const old = accepted as unknown as AcceptedSocket
  // `manualStart`: nothing is read before somebody is attached. Neither it nor such a handle is in Node's types.
  const options = { handle: old._handle, allowHalfOpen: true, manualStart: true, onread }
  old._handle = null
  const reopened = new Socket(options as object as SocketConstructorOpts)
  const { _server: server } = old
  Object.assign(reopened, { _server: server, server })
  old._server = null
  old.server = null
  return reopened
}
