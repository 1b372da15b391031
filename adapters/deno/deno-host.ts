import { readFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import type { CommandHost } from '../../src/command/command-host.ts'
import { createProcessHost } from '../../src/command/process-host.ts'
import { importModule } from './import-module.ts'
import { denoTransport } from './serve.ts'

/** Deno, as the command needs it. */
export const denoHost: CommandHost = createProcessHost(
  {
    process,
    readFileSync,
    fileURLToPath,
    globals: globalThis,
    ownFolder: new URL('../../../', import.meta.url).href,
  },
  {
    transport: denoTransport,
    commandName: 'deno run --allow-net --allow-read --allow-env adapters/deno/main.ts',
    // The script is the operator's own program, as a module would be; nothing of a request gets here.
    compile: ({ code, parameterNames, file }) => compileFunction(code, parameterNames, { filename: file }),
    importModule,
  },
)
