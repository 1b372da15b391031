/** Example 03 as a Worker with sockets, whose connections come from the pool where that has a binding. */
import { readRoutes, sockets, worker } from 'sluice/cloudflare'
import { connectionPool } from '../../../examples/03-connection-pool/proxy.ts'

export { SluicePool } from 'sluice/cloudflare'
export default worker((env: { readonly ROUTES?: unknown }) => connectionPool(readRoutes(env.ROUTES)), { sockets })
