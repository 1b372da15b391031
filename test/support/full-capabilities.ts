import type { Capabilities } from '../../src/transport.ts'

/** Of a transport that can do everything. */
export const FULL_CAPABILITIES: Capabilities = {
  tcpListen: true,
  tcpConnect: true,
  sharedSockets: true,
  rawHeaders: true,
  upgrade: true,
  tls: true,
  background: true,
  targetSchemes: ['http', 'https', 'tcp', 'binding'],
}
