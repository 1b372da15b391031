import { fileURLToPath } from 'node:url'
import { locateInStack } from '../../../src/command/locate-in-stack.ts'
import type { SourceLocation } from '../../../src/errors.ts'

/** The folder of the package's own code: what it runs is not the user's. */
const OWN_FOLDER = new URL('../../../', import.meta.url).href

/** Where in the user's modules an error arose, by its location or its stack. */
export function locateInModules(error: unknown): SourceLocation | undefined {
  return locateInStack(error, { ownFolder: OWN_FOLDER, toPath: (url) => fileURLToPath(url) })
}
