import { instantiateScript } from '../../src/script/instantiate-script.ts'
import { rewriteScript } from '../../src/script/rewrite-script.ts'
import type { ScriptHost } from '../../src/script/script-host.ts'
import type { Recorder } from './script-recorder.ts'

/** A host with files in memory, which keeps what is logged. */
export function createHost(
  files: Readonly<Record<string, string>> = {},
): ScriptHost & { readonly lines: string[]; readonly exitCodes: number[] } {
  const lines: string[] = []
  const exitCodes: number[] = []
  return {
    lines,
    exitCodes,
    env: { HOME: '/home/user' },
    readFile: (path) => (Object.hasOwn(files, path) ? new TextEncoder().encode(files[path]) : undefined),
    readSystemFile: (path) => (path === '/etc/name' ? new TextEncoder().encode('name') : undefined),
    log: (line, level) => void lines.push(`${level}: ${line}`),
    exit: (code) => void exitCodes.push(code),
  }
}

/** Rewrites and runs a script. The configuration is a recorder in the tests that replace `src/pipy.ts` by it. */
export function loadScript(source: string, host: ScriptHost = createHost()): Recorder {
  const script = rewriteScript(source, { file: 'proxy.js' })
  // eslint-disable-next-line no-implied-eval -- what an adapter does with node:vm
  const evaluate = new Function(...script.parameterNames, script.code) as (...values: readonly unknown[]) => unknown
  return instantiateScript(script, evaluate, host) as unknown as Recorder
}
