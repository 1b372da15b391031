/** The command: `bun adapters/bun/main.ts proxy.ts`. The program is the built package, which proxies import as well. */
import { runCommand } from 'sluice/bun'

await runCommand()
