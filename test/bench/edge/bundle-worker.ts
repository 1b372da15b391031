import { buildSync, type Metafile } from 'esbuild'
import { THIS_TREE } from '../machine/build-tree.ts'

/** One file for a Worker. */
export interface WorkerBundle {
  readonly code: string
  /** What each module gave to it; paths are from the project's folder. */
  readonly metafile: Metafile
}

/**
 * Bundles a module for a Worker as `wrangler deploy --minify` does: ES modules, its conditions, and what the runtime has
 * itself left out.
 * @param keepsNames wrangler's `keep_names`: whether functions and classes keep their names
 * @throws what esbuild finds wrong
 */
export function bundleWorker(file: string, keepsNames: boolean): WorkerBundle {
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: THIS_TREE,
    entryPoints: [file],
    bundle: true,
    minify: true,
    keepNames: keepsNames,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  return { code: outputFiles[0]?.text ?? '', metafile }
}
