import type { EsbuildPlugin, PluginBuild } from './esbuild-plugin.ts'
import { findMemberNames } from './find-member-names.ts'
import { ownModule } from './own-module.ts'

/** What is in a bundle beside Sluice itself. */
export interface UsedNames {
  /** In everything but Sluice's `src`: its adapters and its gateway describe pipelines as well. */
  readonly names: ReadonlySet<string>
  /** In what is not Sluice's at all: whoever sets an option. */
  readonly userNames: ReadonlySet<string>
  /** Whether Pipy scripts are in it. */
  readonly hasScripts: boolean
  /** A file of Sluice's in which modules are bundled together already. */
  readonly bundledTogether: string | undefined
}

/** Settings under which names would not be found as they are written. */
const PLAIN = {
  write: false,
  format: 'esm',
  // What the parser knows.
  target: 'es2024',
  minify: false,
  minifyIdentifiers: false,
  minifyWhitespace: false,
  minifySyntax: true,
  mangleProps: undefined,
  keepNames: false,
  sourcemap: false,
  metafile: false,
  banner: undefined,
  footer: undefined,
  legalComments: 'none',
  logLevel: 'silent',
}

/**
 * Bundles everything but Sluice's own modules, and tells the names in what comes out: that is what the user wrote, what
 * packages and Sluice's adapters do with it, and Pipy scripts where a plugin makes modules of them.
 * @param self the name of the plugin that asks
 * @throws what esbuild and its plugins throw
 */
export async function findUsedNames(build: PluginBuild, self: string): Promise<UsedNames> {
  let bundledTogether: string | undefined
  let hasScripts = false
  const notice: EsbuildPlugin = {
    name: 'notice',
    setup: ({ onLoad }) => {
      onLoad(
        { filter: /[\\/](?:dist[\\/]chunks[\\/]core|run-compiled-script)\.[jt]s$/, namespace: 'file' },
        ({ path }) => {
          if (path.endsWith('core.js')) bundledTogether ??= path
          else if (ownModule(path) !== undefined) hasScripts = true
          return undefined
        },
      )
    },
  }
  const others = ((build.initialOptions.plugins ?? []) as readonly EsbuildPlugin[]).filter(({ name }) => name !== self)
  const findNames = async (isEmpty: (name: string) => boolean): Promise<Set<string>> => {
    const plugins = [notice, emptyModules(isEmpty), ...others.map(withoutEnd)]
    const { outputFiles = [] } = await build.esbuild.build({ ...build.initialOptions, ...PLAIN, plugins })
    const names = new Set<string>()
    for (const { path, text } of outputFiles) {
      if (/\.[cm]?js$/.test(path) || path === '<stdout>') for (const name of findMemberNames(text)) names.add(name)
    }
    return names
  }
  const [names, userNames] = await Promise.all([
    findNames((name) => /^src\/(?!gateway\/)/.test(name)),
    findNames(() => true),
  ])
  return { names, userNames, hasScripts, bundledTogether }
}

/** @param isEmpty which of Sluice's modules have nothing in them */
function emptyModules(isEmpty: (name: string) => boolean): EsbuildPlugin {
  return {
    name: 'empty-modules',
    setup: ({ onLoad }) => {
      onLoad({ filter: /[\\/](?:src|adapters)[\\/].+\.[jt]s$/, namespace: 'file' }, ({ path }) => {
        const own = ownModule(path)
        // From a CommonJS module every name can be imported.
        return own !== undefined && isEmpty(own.name) ? { contents: 'module.exports = {}', loader: 'js' } : undefined
      })
    },
  }
}

/** What a plugin does with a finished bundle is for the bundle that the user gets. */
function withoutEnd(plugin: EsbuildPlugin): EsbuildPlugin {
  return { name: plugin.name, setup: (build) => plugin.setup({ ...build, onEnd: () => undefined }) }
}
