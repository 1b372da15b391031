/**
 * The same proxy as a Cloudflare Worker: `npx wrangler dev`, with the upstreams running on 8080 and 8081. Its routes are the
 * variable ROUTES in wrangler.toml.
 */
import { readRoutes, worker } from 'sluice/cloudflare'
import { connectionPool } from './proxy.ts'

export default worker((env: { readonly ROUTES?: unknown }) => connectionPool(readRoutes(env.ROUTES)))
