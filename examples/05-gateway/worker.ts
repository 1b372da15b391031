import { worker } from 'sluice/cloudflare'
import { gateway } from 'sluice/gateway'
import configuration from './sluice.config.ts'

export default worker(gateway(configuration))
