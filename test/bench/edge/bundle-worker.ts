import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { THIS_TREE } from '../machine/build-tree.ts'

/** One file for a Worker. */
export interface WorkerBundle {
  readonly code: string
  /** The modules that are in it, by their paths from the project's folder. */
  readonly sources: readonly string[]
}

const WRANGLER = join(THIS_TREE, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
const ENVIRONMENT = { CI: 'true', WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' }

/**
 * What `npx wrangler deploy` would upload for wrangler.toml: made by wrangler itself, so that nothing else is measured. It
 * takes three seconds.
 * @throws Error when wrangler fails, with what it wrote
 */
export function bundleWorker(): WorkerBundle {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bundle-'))
  try {
    execFileSync(process.execPath, [WRANGLER, 'deploy', '--dry-run', '--outdir', folder], {
      cwd: THIS_TREE,
      env: { ...process.env, ...ENVIRONMENT },
      stdio: 'pipe',
    })
    const code = readFileSync(join(folder, 'worker.js'), 'utf8')
    const { sources } = JSON.parse(readFileSync(join(folder, 'worker.js.map'), 'utf8')) as WorkerBundle
    return { code, sources: sources.map((path) => relative(THIS_TREE, resolve(folder, path)).replaceAll('\\', '/')) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
