import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ProxyError } from '../../../src/errors.ts'

/** What esbuild says of a module: lines count from 1, columns from 0. */
export interface BuildProblem {
  readonly text: string
  readonly location: { readonly file: string; readonly line: number; readonly column: number } | null
}

/** As much of esbuild as the command uses. */
export interface Esbuild {
  build(settings: object): Promise<{
    readonly outputFiles: readonly { readonly path: string; readonly contents: Uint8Array }[]
    readonly warnings: readonly BuildProblem[]
  }>
}

/**
 * Loads the esbuild of a project: its own, or the one that its wrangler brings.
 * @param folder of the project
 * @throws FILE_NOT_FOUND when there is neither
 */
export async function loadEsbuild(folder: string): Promise<Esbuild> {
  const project = createRequire(join(folder, 'package.json'))
  const path = resolve(project, 'esbuild') ?? resolveBeside(project, 'wrangler/package.json')
  if (path === undefined) {
    const text = `Cannot bundle: there is no esbuild in ${folder}; run "npm install --save-dev esbuild"`
    throw new ProxyError('FILE_NOT_FOUND', text)
  }
  // It is a CommonJS module.
  return ((await import(pathToFileURL(path).href)) as { readonly default: Esbuild }).default
}

function resolveBeside(project: NodeJS.Require, name: string): string | undefined {
  const path = resolve(project, name)
  return path === undefined ? undefined : resolve(createRequire(path), 'esbuild')
}

function resolve(from: NodeJS.Require, name: string): string | undefined {
  try {
    return from.resolve(name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
