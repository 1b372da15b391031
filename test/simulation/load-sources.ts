import { registerHooks } from 'node:module'
import type { PlantedBug } from './planted-bugs.ts'

const SOURCES = new URL('../../src/', import.meta.url)

/**
 * From now on `sluice` means the sources, not what was built of them; with a bug in one of them, if one is given. The
 * sources themselves stay as they are: what is loaded is changed.
 * @throws Error while the file is being loaded, when the text to replace is not there exactly once
 */
export function loadSources(bug?: PlantedBug): void {
  const planted = bug === undefined ? undefined : new URL(bug.file, SOURCES).href
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'sluice' ? next(new URL('index.ts', SOURCES).href, context) : next(specifier, context),
    load: (url, context, next) => {
      const loaded = next(url, context)
      if (bug === undefined || url !== planted) return loaded
      return { ...loaded, source: plant(bug, Buffer.from(loaded.source as Uint8Array).toString()) }
    },
  })
}

/** The text of a file with the bug in it. @throws Error when the place is not found exactly once */
export function plant({ name, file, from, to }: PlantedBug, text: string): string {
  const count = text.split(from).length - 1
  if (count === 1) return text.replace(from, () => to)
  throw new Error(`Cannot plant "${name}" in src/${file}: its place was found ${count} times, expected once`)
}
