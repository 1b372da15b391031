import { describeRuntime } from './runtime.cases.ts'
import { CLOUDFLARE_CAPABILITIES } from './support/cloudflare-capabilities.ts'
import { startWorkerUnderTest } from './support/start-worker-under-test.ts'

describeRuntime({
  name: 'workerd, SluicePool',
  capabilities: CLOUDFLARE_CAPABILITIES.pool,
  maxConnections: 6,
  start: () => startWorkerUnderTest({ durableObjects: { SLUICE_POOL: 'SluicePool' } }),
})
