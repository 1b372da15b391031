import { bunTransport } from 'sluice/bun'
import { describeRuntime } from './runtime.cases.ts'
import { startProcess } from './support/start-process.ts'

describeRuntime({
  name: 'Bun',
  capabilities: bunTransport.capabilities,
  start: () => startProcess('node_modules/.bin/bun', ['adapters/bun/main.ts', 'test/runtimes/proxy-under-test.ts']),
})
