#!/usr/bin/env node
/**
 * The command `sluice`. It is plain JavaScript that any Node can read, so that it can say what is missing: the program
 * itself is TypeScript, built into dist/.
 */
import { existsSync } from 'node:fs'

const OLDEST_NODE = 20
const program = new URL('../dist/adapters/node/main.js', import.meta.url)

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  fail(`Cannot run on Node ${process.versions.node}: Sluice needs Node ${OLDEST_NODE} or newer`)
} else if (!existsSync(program)) {
  fail('Cannot run: Sluice is not built yet; run "npm ci", or "npm run build" after a change')
} else {
  await run()
}

async function run() {
  try {
    const { main } = await import(program.href)
    await main(process.argv.slice(2))
  } catch (error) {
    // What runs tells its failures itself: what arrives here could not be read, as when a package is missing.
    fail(`Cannot run: ${error instanceof Error ? error.message : String(error)}; run "npm ci"`)
  }
}

/** @param {string} text */
function fail(text) {
  process.stderr.write(`sluice: ${text}\n`)
  process.exitCode = 1
}
