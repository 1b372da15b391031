import { execFileSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A Node that a user may have. */
export interface NodeExecutable {
  readonly file: string
  readonly major: number
}

/** The Node that runs the tests. */
export const currentNode: NodeExecutable = {
  file: process.execPath,
  major: Number(process.versions.node.split('.')[0]),
}

/** The machine's own, where that is another one. */
export const otherNodes: readonly NodeExecutable[] = findMachineNode()

/** All of these. */
export const nodeExecutables: readonly NodeExecutable[] = [currentNode, ...otherNodes]

/** The first `node` of PATH that no package brought. */
function findMachineNode(): NodeExecutable[] {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, 'node')
    if (folder.includes('node_modules') || !existsSync(file) || realpathSync(file).includes('node_modules')) continue
    const major = Number(execFileSync(file, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }))
    return major === currentNode.major ? [] : [{ file, major }]
  }
  return []
}
