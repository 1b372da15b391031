import { describeRuntime } from './runtime.cases.ts'
import { nodeRuntime } from './support/node-runtime.ts'

describeRuntime(nodeRuntime('Node 20', 20))
