import { denoTransport } from 'sluice/deno'
import { describeRuntime } from './runtime.cases.ts'
import { startProcess } from './support/start-process.ts'

describeRuntime({
  name: 'Deno',
  capabilities: denoTransport.capabilities,
  start: () =>
    startProcess('node_modules/.bin/deno', [
      'run',
      '-A',
      '--no-lock',
      'adapters/deno/main.ts',
      'test/runtimes/proxy-under-test.ts',
    ]),
})
