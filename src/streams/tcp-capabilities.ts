import type { Capabilities } from '../transport.ts'

/** What a runtime can do that has sockets of its own, for connecting and for listening, and runs for as long as its process. */
export const TCP_CAPABILITIES: Capabilities = {
  tcpListen: true,
  tcpConnect: true,
  sharedSockets: true,
  rawHeaders: true,
  upgrade: true,
  tls: false,
  background: true,
  targetSchemes: ['http', 'tcp'],
}
