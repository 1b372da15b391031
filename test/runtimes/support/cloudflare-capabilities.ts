import { vi } from 'vitest'
import type { Capabilities } from '../../../src/transport.ts'

// The modules that only workerd has: nothing of them is used to read what the adapter declares.
vi.mock('cloudflare:sockets', () => ({ connect: undefined }))
vi.mock('cloudflare:workers', () => ({ DurableObject: class {}, waitUntil: undefined }))

const { CloudflareTransport, sockets } = await import('sluice/cloudflare')

const openPooled = (): never => {
  throw new Error('Cannot open a connection: this transport only says what it can do')
}

/** What the Cloudflare adapter declares, by how it reaches upstreams. */
export const CLOUDFLARE_CAPABILITIES: Readonly<Record<'fetch' | 'socket' | 'pool', Capabilities>> = {
  fetch: new CloudflareTransport({ dispatcher: 'fetch' }).capabilities,
  socket: new CloudflareTransport({ dispatcher: 'socket', sockets }).capabilities,
  pool: new CloudflareTransport({ openPooled, sockets }).capabilities,
}
