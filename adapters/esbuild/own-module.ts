import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A module of Sluice. */
export interface OwnModule {
  /** The folder that `src` and `adapters` are in. */
  readonly folder: string
  /** From there on, with slashes and without the extension: `src/filters/dump`. */
  readonly name: string
}

const isSluiceByFolder = new Map<string, boolean>()

/**
 * Tells which module of Sluice a file is: one of the sources, or one of those that the package has for bundlers.
 * @returns undefined for any other file
 */
export function ownModule(path: string): OwnModule | undefined {
  const [, folder, name] = /^(.*)[\\/]((?:src|adapters)[\\/][\w\\/-]+)\.[jt]s$/.exec(path) ?? []
  if (folder === undefined || name === undefined) return undefined
  return isSluice(folder.replace(/[\\/]dist[\\/]modules$/, ''))
    ? { folder, name: name.replaceAll('\\', '/') }
    : undefined
}

/** A folder of the same name may be anybody's. */
function isSluice(folder: string): boolean {
  let isOwn = isSluiceByFolder.get(folder)
  if (isOwn === undefined) {
    isOwn = readName(join(folder, 'package.json')) === 'sluice'
    isSluiceByFolder.set(folder, isOwn)
  }
  return isOwn
}

function readName(manifest: string): unknown {
  let text: string
  try {
    text = readFileSync(manifest, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
  return (JSON.parse(text) as { readonly name?: unknown } | null)?.name
}
