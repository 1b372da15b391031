import { dirname } from 'node:path'
import { compileFunction } from 'node:vm'
import type { Log } from '../../../src/engine/log.ts'
import type { ProxyDefinition } from '../../../src/engine/proxy-definition.ts'
import { ProxyError, type SourceLocation } from '../../../src/errors.ts'
import type { EvaluateScript } from '../../../src/script/evaluate-script.ts'
import { instantiateScript } from '../../../src/script/instantiate-script.ts'
import { locate } from '../../../src/script/locate.ts'
import type { RewrittenScript } from '../../../src/script/rewritten-script.ts'
import { rewriteScript } from '../../../src/script/rewrite-script.ts'
import type { ScriptHost } from '../../../src/script/script-host.ts'
import { readCodebaseFile, readSystemFile } from './script-files.ts'

/** A script that has run. */
export interface LoadedScript {
  readonly proxy: ProxyDefinition
  readonly locate: (error: unknown) => SourceLocation | undefined
}

/**
 * Runs a Pipy script.
 * @param file its absolute path: what places are told with, and the folder that `pipy.load` reads
 * @param exit ends the process, for `pipy.exit`
 * @throws SCRIPT_SYNTAX, SCRIPT_FAILED, NOT_A_PROXY and codes of the methods that it called, with the place
 */
export function loadScript(source: string, file: string, log: Log, exit: (code: number) => void): LoadedScript {
  const script = rewriteScript(source, { file })
  const evaluate = compile(script)
  const folder = dirname(file)
  const host: ScriptHost = {
    readFile: (path) => readCodebaseFile(folder, path),
    readSystemFile,
    env: process.env,
    log: (line, level, error) => log[level](error === undefined ? line : withPlace(line, locate(script, error))),
    exit,
  }
  return { proxy: instantiateScript(script, evaluate, host), locate: (error) => locate(script, error) }
}

function withPlace(line: string, place: SourceLocation | undefined): string {
  return place === undefined ? line : `${line} at ${place.file}:${place.line}:${place.column}`
}

/** The script is the operator's own program, as a module would be; nothing of a request gets here. */
function compile({ code, parameterNames, file }: RewrittenScript): EvaluateScript {
  try {
    return compileFunction(code, [...parameterNames], { filename: file }) as EvaluateScript
  } catch (error) {
    // Syntax that the parser knows and this version of Node does not.
    throw ProxyError.from(error, 'SCRIPT_SYNTAX', `Cannot parse script ${file}`)
  }
}
