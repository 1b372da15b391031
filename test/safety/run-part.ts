import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PartResult } from './part.ts'

/**
 * Runs a program of the project, its output as ours, and reads the JSON file that it writes.
 * @param commandArguments of Node; `{json}` stands for the file's path
 */
export async function runPart(commandArguments: readonly string[]): Promise<PartResult> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-safety-'))
  const file = join(folder, 'report.json')
  const startMs = performance.now()
  try {
    const given = commandArguments.map((argument) => argument.replace('{json}', file))
    const exitCode = await run(given)
    const report = await readReport(file)
    return { isPassed: exitCode === 0 && report !== undefined, seconds: (performance.now() - startMs) / 1000, report }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function run(commandArguments: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, commandArguments, { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
}

async function readReport(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    console.error(`safety: no report: ${String(error)}`)
    return undefined
  }
}
