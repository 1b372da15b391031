import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CommandHost } from '../../src/command/command-host.ts'
import { createProcessHost } from '../../src/command/process-host.ts'
import { process } from './bun-runtime.ts'
import { compileScript } from './compile-script.ts'
import { importModule } from './import-module.ts'
import { bunTransport } from './serve.ts'

/** Bun, as the command needs it. */
export const bunHost: CommandHost = createProcessHost(
  {
    process,
    readFileSync,
    fileURLToPath,
    globals: globalThis,
    ownFolder: new URL('../../../', import.meta.url).href,
  },
  {
    transport: bunTransport,
    commandName: 'bun adapters/bun/main.ts',
    wrapScript: (parameterNames) => [`(function (${parameterNames.join(', ')}) { `, '\n})'],
    compile: compileScript,
    importModule,
  },
)
