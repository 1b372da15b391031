/**
 * Writes the table of runtimes into README.md: `node test/runtimes/write-table.ts`, which runs the suite first, or
 * `node test/runtimes/write-table.ts REPORT`, from what vitest's reporter `json` wrote in a run before.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'
import { FEATURES } from './features.ts'
import { RUNTIMES } from './runtimes.ts'
import { formatTable } from './table/format-table.ts'
import { readResults } from './table/read-results.ts'
import { splitPage, TABLE_PAGE } from './table/readme-table.ts'

const report = JSON.parse(readReport(process.argv[2])) as Parameters<typeof readResults>[0]
const table = formatTable(readResults(report, FEATURES), FEATURES, RUNTIMES)
const [before, , after] = splitPage()
writeFileSync(TABLE_PAGE, `${before}\n${table}\n${after}`)

function readReport(path: string | undefined): string {
  if (path !== undefined) return readFileSync(path, 'utf8')
  const folder = mkdtempSync(join(tmpdir(), 'sluice-runtimes-'))
  try {
    const file = join(folder, 'report.json')
    const vitest = join(PROJECT_FOLDER, 'node_modules', 'vitest', 'vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    // The test of the table itself may fail now: it is about to be written.
    spawnSync(process.execPath, [vitest, 'run', '--project', 'node', 'test/runtimes', ...reporters], {
      cwd: PROJECT_FOLDER,
      stdio: 'inherit',
    })
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
