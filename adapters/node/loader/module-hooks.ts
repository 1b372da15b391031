/**
 * How modules of proxies are found and read: `sluice` is this very package wherever they lie, and TypeScript loses its
 * types. The functions serve both kinds of hooks that Node has: those of Node 20, which run in a thread of their own and
 * may wait, and those of Node 22.15 and later, which may not.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isPipyScript } from '../../../src/script/is-pipy-script.ts'
import { stripTypes } from './strip-types.ts'

interface ResolveContext {
  readonly parentURL?: string | undefined
}

interface LoadContext {
  readonly format?: string | null | undefined
}

type Next<C> = (subject: string, context: C) => unknown

/** Whatever copy of the package lies near a module: two of them in one process would not know each other's classes. */
export function resolve(specifier: string, context: ResolveContext, next: Next<ResolveContext>): unknown {
  const isOwn = specifier === 'sluice' || specifier.startsWith('sluice/')
  return next(specifier, isOwn ? { ...context, parentURL: import.meta.url } : context)
}

/** TypeScript, and modules in files named `.js` that no package.json calls modules. */
export function load(url: string, context: LoadContext, next: Next<LoadContext>): unknown {
  if (!url.startsWith('file:') || url.includes('/node_modules/')) return next(url, context)
  const file = fileURLToPath(url)
  if (/\.m?ts$/.test(file)) return moduleOf(stripTypes(readFileSync(file, 'utf8'), file))
  if (!file.endsWith('.js') || context.format === 'module') return next(url, context)
  const source = readFileSync(file, 'utf8')
  return isPipyScript(source) ? next(url, context) : moduleOf(source)
}

function moduleOf(source: string): unknown {
  return { format: 'module', shortCircuit: true, source }
}
