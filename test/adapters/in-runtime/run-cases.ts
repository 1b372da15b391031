import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, onTestFinished } from 'vitest'
import type { RuntimeExecutable } from './runtime-executables.ts'
import type { TestOutcome } from './small-vitest.ts'

const SMALL_VITEST = fileURLToPath(new URL('small-vitest.ts', import.meta.url))
/** Beyond what a suite takes on a busy machine. */
const MAX_MS = 100_000

/**
 * Runs suites that are written for vitest in another runtime: bundled into one file, with a small vitest in place of the
 * real one.
 * @param suites a module that describes tests when it is imported
 * @param env what the suites find in their environment, with what is there anyway
 * @returns what came of each test
 */
export async function runCases(
  suites: string,
  [file, ...fileArguments]: RuntimeExecutable,
  env: Readonly<Record<string, string>>,
): Promise<TestOutcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-cases-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const bundle = join(folder, 'cases.mjs')
  await build({
    stdin: {
      contents: `import { Buffer } from 'node:buffer'
        import process from 'node:process'
        import { runTests } from 'vitest'
        import ${JSON.stringify(suites)}
        globalThis.Buffer ??= Buffer
        await runTests((outcome) => console.log(JSON.stringify(outcome)))
        process.exit(0)`,
      resolveDir: folder,
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    target: 'es2023',
    alias: { vitest: SMALL_VITEST },
    outfile: bundle,
    // The package says that its modules do nothing when they are imported; suites do.
    ignoreAnnotations: true,
    logLevel: 'silent',
  })
  const output = await new Promise<string>((resolve, reject) => {
    const options = { timeout: MAX_MS, maxBuffer: 16 * 1024 * 1024, env: { ...process.env, ...env, NO_COLOR: '1' } }
    execFile(file, [...fileArguments, bundle], options, (error, stdout, stderr) => {
      if (error === null && stderr === '') resolve(stdout)
      else reject(new Error(`Cannot run the cases in ${file}: ${error?.message ?? ''}\n${stdout}\n${stderr}`))
    })
  })
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TestOutcome)
}

/** Fails with the names of the tests that failed; and when there were fewer than are known. */
export function expectAllPassed(outcomes: readonly TestOutcome[], atLeast: number): void {
  const failed = outcomes.filter(({ failure }) => failure !== undefined)
  expect(failed.map(({ name, failure = '' }) => `${name}\n${failure}`).join('\n\n')).toBe('')
  expect(outcomes.length).toBeGreaterThanOrEqual(atLeast)
}
