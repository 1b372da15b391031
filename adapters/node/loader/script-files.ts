import { readFileSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import { ProxyError } from '../../../src/errors.ts'

/** There is no such file, or nothing that could be read as one. */
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR'])

/**
 * Reads a file of a script's folder.
 * @param path relative to the folder, also when it begins with `/`
 * @returns undefined when there is none, or when the path leads out of the folder
 * @throws SCRIPT_FAILED when there is one and it cannot be read
 */
export function readCodebaseFile(folder: string, path: string): Uint8Array | undefined {
  const file = resolve(folder, `.${sep}${path}`)
  const inside = relative(folder, file)
  return inside === '..' || inside.startsWith(`..${sep}`) ? undefined : readSystemFile(file)
}

/** Reads any file. @returns undefined when there is none. @throws SCRIPT_FAILED when it cannot be read */
export function readSystemFile(path: string): Uint8Array | undefined {
  // No name of a file has one; Node would throw what looks like a mistake of the script.
  if (path.includes('\0')) return undefined
  try {
    return readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (ABSENT.has(code)) return undefined
    throw new ProxyError('SCRIPT_FAILED', `Cannot read file "${path}": ${code ?? String(error)}`, { cause: error })
  }
}
