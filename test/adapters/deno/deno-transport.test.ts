import { fileURLToPath } from 'node:url'
import { test } from 'vitest'
import { startSilentAddress } from '../../end-to-end/support/silent-address.ts'
import { expectAllPassed, runCases } from '../in-runtime/run-cases.ts'
import { DENO } from '../in-runtime/runtime-executables.ts'

const SUITES = fileURLToPath(new URL('transport-suites.ts', import.meta.url))
/** Those of all transports, by the direct path and by Web Streams, and those of sockets. */
const CASE_COUNT = 50

test('DenoTransport passes the suite of all transports inside of Deno', { timeout: 120_000 }, async () => {
  const silentAddress = await startSilentAddress()
  const env = { SILENT_PORT: silentAddress.replace(/.*:/, '') }
  expectAllPassed(await runCases(SUITES, DENO, env), CASE_COUNT)
})
