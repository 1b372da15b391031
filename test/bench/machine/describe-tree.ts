import { spawnSync } from 'node:child_process'
import { THIS_TREE } from './build-tree.ts'

/** Which commit this tree is at, and whether it differs from it: `commit d25e367 with changes`. */
export function describeTree(): string {
  const commit = git('rev-parse', '--short', 'HEAD')
  if (commit === '') return 'no commit'
  return `commit ${commit}${git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with changes'}`
}

function git(...words: readonly string[]): string {
  return spawnSync('git', words, { cwd: THIS_TREE, encoding: 'utf8' }).stdout?.trim() ?? ''
}
