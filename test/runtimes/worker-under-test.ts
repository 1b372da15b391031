/** The proxy under test as a Worker with sockets. Its upstream connections come from the pool where that has a binding. */
import { sockets, worker } from 'sluice/cloudflare'
import proxy from './proxy-under-test.ts'

export { SluicePool } from 'sluice/cloudflare'
export default worker(proxy, { sockets })
