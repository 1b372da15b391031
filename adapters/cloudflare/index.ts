/** Sluice in Cloudflare Workers. */
export { cloudflareTransport } from './transport.ts'
export { worker, type WorkerExport } from './worker.ts'
