import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { EsbuildPlugin } from './esbuild-plugin.ts'
import { findUsedNames, type UsedNames } from './find-used-names.ts'
import { ownModule } from './own-module.ts'

export interface LeaveOutUnusedOptions {
  /** Filters, algorithms and options that stay though nothing names them, as `['dump', 'Percentile']`. @default none */
  readonly keep?: readonly string[]
}

/** The modules that offer all filters or algorithms, and where those are. */
const OFFERS: Readonly<Record<string, string>> = {
  'src/pipeline-builder': 'src/filters/',
  'src/algorithms/index': 'src/algorithms/',
  'src/script/script-algo': 'src/algorithms/',
}

/** What is used by those alone who set an option: its name, by the module. */
const OPTIONS: Readonly<Record<string, string>> = {
  'src/http/forwarded-rules': 'forwarded',
  'src/engine/kept-sessions': 'session',
  'src/filters/kept-session-start': 'session',
}

const NAME = 'sluice-leave-out-unused'
const NAMESPACE = 'sluice-left-out'

/** What stands for a module: its exports, each of which says that it was left out. */
interface Stub {
  readonly names: readonly string[]
  readonly option: string | undefined
  readonly folder: string
}

/**
 * Leaves the filters and algorithms out of a bundle that nothing in it names: `plugins: [leaveOutUnused()]`. What is left
 * out throws UNSUPPORTED when it is used after all, as by a name that is put together at run time.
 *
 * Names are looked for in everything but Sluice itself, behind dots and in texts; a name that means something else keeps
 * the filter as well, as `split` of a text does. What belongs to the option `forwarded` of `listen`, or `session` of
 * `worker`, is left out in the same way.
 */
export function leaveOutUnused({ keep = [] }: LeaveOutUnusedOptions = {}): EsbuildPlugin {
  return {
    name: NAME,
    setup: (build) => {
      let used: UsedNames | undefined
      const offered = new Set<string>()
      const imports = new Map<string, ReadonlyMap<string, readonly string[]>>()

      build.onStart(async () => {
        used = undefined
        imports.clear()
        if (build.initialOptions.bundle !== true) return undefined
        try {
          used = await findUsedNames(build, NAME)
        } catch (error) {
          // What is wrong is told by the build itself, with its places.
          if (isBuildFailure(error)) return undefined
          throw error
        }
        if (used.bundledTogether === undefined) return undefined
        const text = `Cannot leave anything out of ${used.bundledTogether}: add "workerd" or "worker" to the option conditions`
        return { warnings: [{ text }] }
      })

      build.onResolve({ filter: /^\.\.?\/.+\.[jt]s$/ }, ({ path, importer, resolveDir, namespace }) => {
        const from = namespace === 'file' ? ownModule(importer) : undefined
        if (from === undefined || used === undefined) return undefined
        const target = join(resolveDir, path)
        const to = ownModule(target)?.name ?? ''
        const option = OPTIONS[to]
        const offers = OFFERS[from.name]
        if (option === undefined && (offers === undefined || !to.startsWith(offers))) return undefined
        let imported = imports.get(importer)
        if (imported === undefined) imports.set(importer, (imported = findImports(readFileSync(importer, 'utf8'))))
        const names = imported.get(path) ?? []
        const asked = option === undefined ? names : [option]
        for (const name of asked) offered.add(name)
        if (asked.some((name) => keep.includes(name))) return undefined
        const { userNames } = used
        if (option === undefined ? isAnyNamed(names, used) : userNames.has(option)) return undefined
        const stub: Stub = { names, option, folder: from.folder }
        return { path: target, namespace: NAMESPACE, sideEffects: false, pluginData: stub }
      })

      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path, pluginData }) => {
        const { names, option, folder } = pluginData as Stub
        const from = JSON.stringify(join(folder, 'src', `left-out${extname(path)}`))
        const constants = names.map((name) => `export const ${name} = /* @__PURE__ */ leftOut('${option ?? name}')`)
        return {
          contents: [`import { leftOut } from ${from}`, ...constants].join('\n'),
          loader: 'js',
          resolveDir: folder,
        }
      })

      build.onEnd(() => {
        const unknown = offered.size === 0 ? [] : keep.filter((name) => !offered.has(name))
        const toText = (name: string): string =>
          `Cannot keep "${name}": expected a filter, an algorithm, forwarded or session`
        return { errors: unknown.map((name) => ({ text: toText(name) })) }
      })
    },
  }
}

/** Filters have other names as well: later ones, and those of scripts. */
function isAnyNamed(filters: readonly string[], { names, hasScripts }: UsedNames): boolean {
  return filters.some(
    (name) =>
      names.has(name) ||
      names.has(name.replace('Session', 'Stream')) ||
      (hasScripts && names.has(name.replace(/^handle/, 'on'))),
  )
}

/** The names that a module imports or exports from others, by what it calls them; types are none. */
function findImports(source: string): Map<string, string[]> {
  const imports = new Map<string, string[]>()
  for (const [, names = '', from = ''] of source.matchAll(
    /\b(?:import|export)\s*\{([^}]*)\}\s*from\s*["']([^"']+)["']/g,
  )) {
    const found = names.split(',').map((name) => name.trim().replace(/\s+as\s+.*/s, ''))
    imports.set(from, [...(imports.get(from) ?? []), ...found.filter((name) => /^\w+$/.test(name))])
  }
  return imports
}

function isBuildFailure(error: unknown): boolean {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}
