import { describeFailure } from '../../src/command/describe-failure.ts'
import { runCommand } from './command/run-command.ts'
import { widenInlining } from './command/widen-inlining.ts'

/** The command `sluice`, after `adapters/node.js` has seen that it can run. */
export async function main(commandArguments: readonly string[]): Promise<void> {
  // Whoever reads the output may stop reading, as `head` does; the proxy goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  widenInlining()
  try {
    await runCommand(commandArguments)
  } catch (error) {
    const { text, exitCode } = describeFailure(error, process.cwd())
    process.exitCode = exitCode
    // A module may hold the process: by a timer, a server of its own.
    process.stderr.write(`${text}\n`, () => process.exit(exitCode))
  }
}
