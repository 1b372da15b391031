import { pathToFileURL } from 'node:url'
import type { SourceLocation } from '../../src/errors.ts'
import * as sluice from '../../src/index.ts'
import * as script from '../../src/script/index.ts'
import { scriptError } from '../../src/script/script-error.ts'
import { Bun } from './bun-runtime.ts'
import { BunTransport } from './bun-transport.ts'
import { bunTransport, serve } from './serve.ts'

/** What Bun throws for a module that it cannot parse. Lines and columns count from 1. */
interface BuildMessage {
  readonly message: string
  readonly position: (SourceLocation & { readonly lineText: string }) | null
}

let isRegistered = false

/**
 * Imports a module; its types are Bun's to take out. `sluice` in it means the package that runs, wherever the module
 * lies: two copies of it in one process would not know each other's classes.
 * @throws SCRIPT_SYNTAX with the place
 */
export async function importModule(path: string): Promise<{ readonly default?: unknown }> {
  registerOwnNames()
  try {
    return (await import(pathToFileURL(path).href)) as { readonly default?: unknown }
  } catch (error) {
    throw toSyntaxError(error) ?? error
  }
}

function registerOwnNames(): void {
  if (isRegistered) return
  isRegistered = true
  const modules: Readonly<Record<string, object>> = {
    sluice,
    'sluice/bun': { BunTransport, bunTransport, serve },
    'sluice/script': script,
  }
  Bun.plugin({
    name: 'sluice',
    setup: (build) => {
      for (const [name, exports] of Object.entries(modules)) {
        build.module(name, () => ({ exports, loader: 'object' }))
      }
    },
  })
}

function toSyntaxError(error: unknown): Error | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const [first = error] = 'errors' in error && Array.isArray(error.errors) ? (error.errors as unknown[]) : []
  const { message, position } = first as BuildMessage
  if (typeof position?.file !== 'string' || typeof position.lineText !== 'string') return undefined
  const { file, line, column, lineText } = position
  const source = '\n'.repeat(line - 1) + lineText
  return scriptError('SCRIPT_SYNTAX', `Cannot parse module: ${message}`, { file, line, column }, source, error)
}
