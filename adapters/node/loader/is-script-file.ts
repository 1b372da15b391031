import { isPipyScript } from '../../../src/script/is-pipy-script.ts'

/** Extensions that only modules have, whatever is in them. */
const MODULE_NAME = /\.(?:[mc]js|[mc]?ts)$/

/** Tells a Pipy script from a JavaScript or TypeScript module, by its name and its text. */
export function isScriptFile(path: string, source: string): boolean {
  return !MODULE_NAME.test(path) && isPipyScript(source)
}
