import { spawnSync } from 'node:child_process'
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The tree that this file belongs to. */
export const THIS_TREE: string = fileURLToPath(new URL('../../../', import.meta.url))

/** Builds a tree's dist with this tree's compiler and bundler. Throws with what they say. */
export function buildTree(tree: string): void {
  const programs = join(THIS_TREE, 'node_modules', '.bin')
  run(join(programs, 'tsc'), ['-b', 'src', 'adapters'], tree)
  // Before there was this file, the compiler made all of dist.
  if (existsSync(join(tree, 'vite.config.ts'))) run(join(programs, 'vite'), ['build'], tree)
}

/**
 * Lays out a git ref's tree in a folder and builds it. It uses this tree's packages, so that only the sources differ.
 * The tree is removed when this process ends.
 */
export function layOutRef(ref: string, folder: string): string {
  const tree = join(folder, 'ref')
  const commit = run('git', ['rev-parse', '--verify', `${ref}^{commit}`], THIS_TREE).trim()
  run('git', ['worktree', 'add', '--detach', tree, commit], THIS_TREE)
  process.once('exit', () => spawnSync('git', ['worktree', 'remove', '--force', tree], { cwd: THIS_TREE }))
  symlinkSync(join(THIS_TREE, 'node_modules'), join(tree, 'node_modules'))
  buildTree(tree)
  return tree
}

function run(file: string, words: readonly string[], folder: string): string {
  const { status, stdout, stderr, error } = spawnSync(file, words, { cwd: folder, encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`Cannot run ${[file, ...words].join(' ')}: ${error?.message ?? ''}\n${stdout}${stderr}`)
  return stdout
}
