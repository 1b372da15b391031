import { describeRuntime } from './runtime.cases.ts'
import { CLOUDFLARE_CAPABILITIES } from './support/cloudflare-capabilities.ts'
import { startWorkerUnderTest } from './support/start-worker-under-test.ts'

describeRuntime({
  name: 'workerd, socket',
  capabilities: CLOUDFLARE_CAPABILITIES.socket,
  target: (address) => `tcp://${address}`,
  start: () => startWorkerUnderTest(),
})
