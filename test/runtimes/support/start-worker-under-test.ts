import { type StartWorkerOptions, startWorker } from '../../adapters/cloudflare/support/start-worker.ts'
import type { StartedProxy } from './runtime-under-test.ts'

/** The proxy under test as a Worker, in workerd. */
export async function startWorkerUnderTest(
  options: Omit<StartWorkerOptions, 'script' | 'code'> = {},
): Promise<StartedProxy> {
  const { port, lines, dispose } = await startWorker({
    script: new URL('../worker-under-test.ts', import.meta.url),
    ...options,
  })
  return { port, output: () => lines.join('\n'), stop: dispose }
}
