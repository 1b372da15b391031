import { spawnSync } from 'node:child_process'
import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Every executable file of that name on PATH, in the order of PATH, without repeats. */
function findAll(name: string): string[] {
  const found = new Set<string>()
  // Debian puts servers in sbin, which a user's PATH may lack.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin']
  for (const folder of folders) {
    const file = join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      found.add(realpathSync(file))
    } catch {
      // Most folders of PATH have no such file.
    }
  }
  return [...found]
}

/** The first executable file of that name on PATH, or undefined. */
export function findExecutable(name: string): string | undefined {
  return findAll(name)[0]
}

/** The first line that a program says about its version, or an empty text. */
export function readVersion(file: string, option: string): string {
  const { stdout, stderr } = spawnSync(file, [option], { encoding: 'utf8', timeout: 5000 })
  return (stdout || stderr || '').split('\n')[0]?.trim() ?? ''
}

/** A Node executable and its version: `{ file: '/usr/bin/node', major: 20, version: 'v20.20.2' }`. */
export interface NodeExecutable {
  readonly file: string
  readonly major: number
  readonly version: string
}

/** Every Node on PATH and the one that runs this, one per major version. */
export function findNodes(): NodeExecutable[] {
  const nodes = new Map<number, NodeExecutable>()
  for (const file of [process.execPath, ...findAll('node')]) {
    const version = readVersion(file, '--version')
    const major = Number(/^v(\d+)\./.exec(version)?.[1])
    if (Number.isInteger(major) && !nodes.has(major)) nodes.set(major, { file, major, version })
  }
  return [...nodes.values()]
}
