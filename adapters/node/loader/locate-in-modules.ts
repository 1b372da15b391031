import { fileURLToPath } from 'node:url'
import { ProxyError, type SourceLocation } from '../../../src/errors.ts'

const MAX_CAUSES = 8
/** `at name (place:line:column)` or `at place:line:column`. */
const FRAME = /^\s+at (?:async )?(?:.*? \()?(file:\/\/\S+?|\/.+?):(\d+):(\d+)\)?$/gm

/** The folder of the package's own code: what it runs is not the user's. */
const OWN_FOLDER = new URL('../../../', import.meta.url).href

/**
 * Where in the user's modules an error arose: its `location` if it has one, otherwise the first frame of its stack, or
 * of that of its deepest cause, that is neither of Node, nor of a package, nor of Sluice.
 */
export function locateInModules(error: unknown): SourceLocation | undefined {
  const chain: Error[] = []
  for (let cause = error; cause instanceof Error && chain.length < MAX_CAUSES; cause = cause.cause) chain.push(cause)
  for (const cause of chain.toReversed()) {
    const location =
      cause instanceof ProxyError && cause.location !== undefined ? cause.location : firstFrame(cause.stack)
    if (location !== undefined) return location
  }
  return undefined
}

function firstFrame(stack = ''): SourceLocation | undefined {
  for (const [, place = '', line, column] of stack.matchAll(FRAME)) {
    if (place.startsWith(OWN_FOLDER) || place.includes('/node_modules/')) continue
    return { file: toPath(place), line: Number(line), column: Number(column) }
  }
  return markedPlace(stack)
}

/** What Node writes above the message when a module cannot be linked: the place, the line, and carets under a part. */
function markedPlace(stack: string): SourceLocation | undefined {
  const [, place, line, indent] = /^(file:\/\/\S+|\/.+):(\d+)\n.*\n(\s*)\^/.exec(stack) ?? []
  if (place === undefined || indent === undefined) return undefined
  return { file: toPath(place), line: Number(line), column: indent.length + 1 }
}

function toPath(place: string): string {
  return place.startsWith('file:') ? fileURLToPath(place) : place
}
