import { existsSync } from 'node:fs'
import { explainWith } from '../../../src/command/explain-with.ts'
import { readExplainArguments } from '../../../src/command/read-explain-arguments.ts'
import { loadProxy } from '../loader/load-proxy.ts'
import { HELP } from './parse-command-line.ts'

/**
 * `sluice explain`: prints which route of a gateway takes a request, and what becomes of it.
 * @throws UsageError for wrong arguments; what `explainWith` throws
 */
export async function explainCommand(commandArguments: readonly string[]): Promise<void> {
  const request = readExplainArguments(commandArguments)
  if (request.isHelp) {
    process.stdout.write(HELP)
    return
  }
  const folder = { has: existsSync, load: async (file: string) => (await loadProxy(file)).proxy }
  process.stdout.write(`${await explainWith(folder, request)}\n`)
}
