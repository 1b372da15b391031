import { process } from './bun-runtime.ts'

/**
 * The command `bun adapters/bun/main.ts`, whose arguments are those of the process. A proxy that it started runs on when
 * this returns; failures are written to standard error and end the process.
 */
export async function runCommand(commandArguments: readonly string[] = process.argv.slice(2)): Promise<void> {
  // Loaded here: whoever only serves a proxy needs no parser of scripts.
  const [{ runHostCommand }, { bunHost }] = await Promise.all([
    import('../../src/command/run-host-command.ts'),
    import('./bun-host.ts'),
  ])
  await runHostCommand(commandArguments, bunHost)
}
