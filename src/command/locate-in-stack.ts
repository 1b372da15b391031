import { ProxyError, type SourceLocation } from '../errors.ts'

const MAX_CAUSES = 8
/** `at name (place:line:column)` or `at place:line:column`. */
const FRAME = /^\s+at (?:async )?(?:.*? \()?(file:\/\/\S+?|\/.+?):(\d+):(\d+)\)?$/gm

/** What a runtime's stack traces are read with. */
export interface StackReading {
  /** The URL of the folder of the package's own code, with a slash at its end: what it runs is not the user's. */
  readonly ownFolder: string
  /** The path that a `file:` URL means. */
  readonly toPath: (url: string) => string
}

/**
 * Where in the user's modules an error arose: its `location` if it has one, otherwise the first frame of its stack, or
 * of that of its deepest cause, that is neither of the runtime, nor of a package, nor of Sluice.
 */
export function locateInStack(error: unknown, reading: StackReading): SourceLocation | undefined {
  const chain: Error[] = []
  for (let cause = error; cause instanceof Error && chain.length < MAX_CAUSES; cause = cause.cause) chain.push(cause)
  for (const cause of chain.toReversed()) {
    const location =
      cause instanceof ProxyError && cause.location !== undefined ? cause.location : firstFrame(cause.stack, reading)
    if (location !== undefined) return location
  }
  return undefined
}

function firstFrame(stack = '', { ownFolder, toPath }: StackReading): SourceLocation | undefined {
  const ownPath = toPath(ownFolder)
  for (const [, place = '', line, column] of stack.matchAll(FRAME)) {
    const file = place.startsWith('file:') ? toPath(place) : place
    if (file.startsWith(ownPath) || file.includes('/node_modules/')) continue
    return { file, line: Number(line), column: Number(column) }
  }
  return markedPlace(stack, toPath)
}

/** What Node writes above the message when a module cannot be linked: the place, the line, and carets under a part. */
function markedPlace(stack: string, toPath: StackReading['toPath']): SourceLocation | undefined {
  const [, place, line, indent] = /^(file:\/\/\S+|\/.+):(\d+)\n.*\n(\s*)\^/.exec(stack) ?? []
  if (place === undefined || indent === undefined) return undefined
  return { file: place.startsWith('file:') ? toPath(place) : place, line: Number(line), column: indent.length + 1 }
}
