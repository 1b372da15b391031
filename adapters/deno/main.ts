/** The command: `deno run … adapters/deno/main.ts proxy.ts`. The program is the built package, which proxies import as well. */
import { runCommand } from 'sluice/deno'

await runCommand()
