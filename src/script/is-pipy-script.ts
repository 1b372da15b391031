import { parse } from 'acorn'

/** For text that does not parse: a line that begins an import or an export says what its writer meant. */
const MODULE_LINE = /^[ \t]*(?:import[\s{*'"]|export[\s{*])/m

/**
 * Tells a Pipy script from a JavaScript module: it has no `import` and no `export` at its top level.
 * Text with a syntax error is judged by its lines, so that the error is reported by whoever the file was meant for.
 */
export function isPipyScript(source: string): boolean {
  try {
    const { body } = parse(source, { ecmaVersion: 'latest', sourceType: 'module' })
    return !body.some(({ type }) => type.startsWith('Import') || type.startsWith('Export'))
  } catch {
    return !MODULE_LINE.test(source)
  }
}
