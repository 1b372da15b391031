import { describeRuntime } from './runtime.cases.ts'
import { nodeRuntime } from './support/node-runtime.ts'

describeRuntime(nodeRuntime('Pipy script on Node 24', 24, 'test/runtimes/proxy-under-test.js'))
