import { type StartWorkerOptions, startWorker } from '../../adapters/cloudflare/support/start-worker.ts'
import type { StartedProxy } from './runtime-under-test.ts'

/** The proxy under test as a Worker, in workerd. @param module that makes it one, in test/runtimes */
export async function startWorkerUnderTest(
  options: Omit<StartWorkerOptions, 'script' | 'code'> = {},
  module = 'worker-under-test.ts',
): Promise<StartedProxy> {
  const { port, lines, dispose } = await startWorker({
    script: new URL(`../${module}`, import.meta.url),
    ...options,
  })
  return { port, output: () => lines.join('\n'), stop: dispose }
}
