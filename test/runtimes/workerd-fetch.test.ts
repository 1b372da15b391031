import { describeRuntime } from './runtime.cases.ts'
import { CLOUDFLARE_CAPABILITIES } from './support/cloudflare-capabilities.ts'
import { startWorkerUnderTest } from './support/start-worker-under-test.ts'

describeRuntime({
  name: 'workerd, fetch',
  capabilities: CLOUDFLARE_CAPABILITIES.fetch,
  target: (address) => `http://${address}`,
  start: () => startWorkerUnderTest({}, 'fetch-worker-under-test.ts'),
})
