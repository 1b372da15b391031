/** The proxy under test as a Worker without sockets: messages come and go by fetch. */
import { worker } from 'sluice/cloudflare'
import proxy from './proxy-under-test.ts'

export default worker(proxy)
