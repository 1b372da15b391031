import { CloudflareTransport } from './cloudflare-transport.ts'
import { sockets } from './sockets.ts'

/**
 * Workers as a transport that opens sockets of `cloudflare:sockets` only, and so may outlive a request: for what a Durable
 * Object builds once, and for what is built without being used.
 */
export const cloudflareTransport: CloudflareTransport = new CloudflareTransport({
  dispatcher: 'socket',
  sockets,
})
