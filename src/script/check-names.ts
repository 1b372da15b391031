import type { ProxyError } from '../errors.ts'
import { closestName } from './closest-name.ts'
import { MISSING_GLOBALS } from './known-globals.ts'
import type { NameUse, ScriptManifest } from './rewritten-script.ts'
import { scriptError } from './script-error.ts'

/**
 * Compares the names that a script uses with the variables that it turned out to declare.
 * @throws SCRIPT_FAILED at the first use of a name that does not exist, or that is a variable although it had to be
 * taken for a global because its declaration is computed
 */
export function checkNames(script: ScriptManifest, variableNames: readonly string[]): void {
  const variables = new Set(variableNames)
  const unknown = script.contextNames.find(({ name }) => name !== '__inbound' && !variables.has(name))
  if (unknown !== undefined) throw nameError(script, unknown, unresolved(unknown.name, variableNames))

  const declared = new Set(script.declaredNames)
  const mistaken = script.globalNames.find(({ name }) => variables.has(name) && !declared.has(name))
  if (mistaken !== undefined) {
    const remedy = 'it is a global here and a variable in pipy({ … }); write its key out there or rename it'
    throw nameError(script, mistaken, `Cannot tell what "${mistaken.name}" means: ${remedy}`)
  }
}

function unresolved(name: string, variableNames: readonly string[]): string {
  if (MISSING_GLOBALS.has(name)) return `Cannot resolve name "${name}": Sluice does not have this global of Pipy`
  const meant = closestName(name, variableNames)
  const hint = meant === undefined ? '' : `, or did you mean "${meant}"?`
  return `Cannot resolve name "${name}": declare it in pipy({ … })${hint}`
}

function nameError(script: ScriptManifest, { line, column }: NameUse, message: string): ProxyError {
  return scriptError('SCRIPT_FAILED', message, { file: script.file, line, column }, script.source)
}
