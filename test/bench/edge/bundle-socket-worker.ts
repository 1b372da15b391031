import { buildSync } from 'esbuild'
import { join } from 'node:path'
import { THIS_TREE } from '../machine/build-tree.ts'

/** The text of socket-worker.ts and all that it needs as one file for workerd. @throws what esbuild finds wrong */
export function bundleSocketWorker(): string {
  const { outputFiles } = buildSync({
    absWorkingDir: THIS_TREE,
    entryPoints: [join(import.meta.dirname, 'socket-worker.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker'],
    external: ['cloudflare:*'],
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}
