/** The same proxy as a Cloudflare Worker: `npx wrangler dev`, with the upstreams running on 8080 and 8081. */
import { worker } from 'sluice/cloudflare'
import proxy from './proxy.ts'

export default worker(proxy)
