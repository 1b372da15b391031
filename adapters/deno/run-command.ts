import { Deno } from './deno-runtime.ts'

/**
 * The command `deno run … adapters/deno/main.ts`, whose arguments are those of the process. A proxy that it started runs on
 * when this returns; failures are written to standard error and end the process.
 */
export async function runCommand(commandArguments: readonly string[] = Deno.args): Promise<void> {
  // Loaded here: whoever only serves a proxy needs no parser of scripts.
  const [{ runHostCommand }, { denoHost }] = await Promise.all([
    import('../../src/command/run-host-command.ts'),
    import('./deno-host.ts'),
  ])
  await runHostCommand(commandArguments, denoHost)
}
