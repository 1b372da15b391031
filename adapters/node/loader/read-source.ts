import { readFileSync, statSync } from 'node:fs'
import { ProxyError } from '../../../src/errors.ts'

/**
 * Reads a proxy's text.
 * @param path absolute
 * @param file the path as the user wrote it, for messages
 * @throws FILE_NOT_FOUND when there is none, it is a folder or cannot be read
 */
export function readSource(path: string, file: string): string {
  try {
    if (!statSync(path).isDirectory()) return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const state = code === 'ENOENT' || code === 'ENOTDIR' ? 'there is no such file' : (code ?? String(error))
    throw new ProxyError('FILE_NOT_FOUND', `Cannot read "${file}": ${state}`, { cause: error })
  }
  throw new ProxyError('FILE_NOT_FOUND', `Cannot read "${file}": it is a folder; name a file in it`)
}
