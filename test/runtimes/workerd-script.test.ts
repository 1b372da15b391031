import { readFileSync } from 'node:fs'
import { compileScript } from '../../src/script/compile-script.ts'
import { startWorker } from '../adapters/cloudflare/support/start-worker.ts'
import { describeRuntime } from './runtime.cases.ts'
import { CLOUDFLARE_CAPABILITIES } from './support/cloudflare-capabilities.ts'

describeRuntime({
  name: 'Pipy script in workerd',
  capabilities: CLOUDFLARE_CAPABILITIES.socket,
  target: (address) => `tcp://${address}`,
  start: async () => {
    const source = readFileSync(new URL('proxy-under-test.js', import.meta.url), 'utf8')
    const file = 'proxy-under-test.js'
    const { code } = compileScript(source, { file, form: 'worker', readFile: () => undefined })
    const { port, lines, dispose } = await startWorker({ code })
    return { port, output: () => lines.join('\n'), stop: dispose }
  },
})
