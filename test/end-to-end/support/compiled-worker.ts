import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import {
  type StartedWorker,
  startWorker,
  type StartWorkerOptions,
} from '../../adapters/cloudflare/support/start-worker.ts'
import { ProxyProcess } from './proxy-process.ts'
import { createScriptFolder } from './script-folder.ts'

export interface CompiledWorkerOptions extends Pick<StartWorkerOptions, 'vars'> {
  /** More files of the script's folder, by path. */
  readonly files?: Readonly<Record<string, string>>
  /** What else the command is given. */
  readonly options?: readonly string[]
}

/** Compiles a script with the command and runs what comes out in workerd; it ends with the test. */
export async function startCompiledWorker(
  script: string,
  { files = {}, options = [], ...rest }: CompiledWorkerOptions = {},
): Promise<StartedWorker> {
  const folder = createScriptFolder({ ...files, 'proxy.js': script })
  const { code, output } = await ProxyProcess.run(['compile', 'proxy.js', '-o', 'worker.js', ...options], { folder })
  if (code !== 0) throw new Error(`Cannot compile the script: ${output}`)
  const worker = await startWorker({ script: join(folder, 'worker.js'), ...rest })
  onTestFinished(() => worker.dispose())
  return worker
}
