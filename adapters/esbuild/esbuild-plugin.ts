/** A message of esbuild, as far as it is used here: lines count from 1, columns from 0. */
export interface BuildMessage {
  readonly text: string
  readonly location?: {
    readonly file: string
    readonly line: number
    readonly column: number
    readonly lineText: string
  }
}

/** What a callback knows of an import. */
export interface ResolvedImport {
  readonly path: string
  readonly importer: string
  readonly namespace: string
  readonly resolveDir: string
}

interface ResolveResult {
  readonly path?: string
  readonly namespace?: string
  readonly sideEffects?: boolean
  readonly pluginData?: unknown
}

/** What a module is loaded as. */
export interface LoadResult {
  readonly contents?: string
  readonly loader?: 'js'
  readonly resolveDir?: string
  readonly watchFiles?: string[]
  readonly errors?: BuildMessage[]
}

interface Report {
  readonly errors?: BuildMessage[]
  readonly warnings?: BuildMessage[]
}

interface Filter {
  readonly filter: RegExp
  readonly namespace?: string
}

/** The settings of a build that are read or set here; all others are handed on as they are. */
export interface BuildSettings {
  readonly absWorkingDir?: string | undefined
  readonly bundle?: boolean | undefined
  /** esbuild's plugins, of which a part of the type is known here. */
  readonly plugins?: readonly { readonly name: string }[] | undefined
}

/** What esbuild gives to a plugin, as far as it is used here. */
export interface PluginBuild {
  readonly initialOptions: BuildSettings
  readonly esbuild: {
    build(
      settings: object,
    ): Promise<{ readonly outputFiles?: readonly { readonly path: string; readonly text: string }[] | undefined }>
  }
  onStart(callback: () => Promise<Report | undefined>): void
  onEnd(callback: () => Report | undefined): void
  onResolve(filter: Filter, callback: (found: ResolvedImport) => ResolveResult | undefined): void
  onLoad(
    filter: Filter,
    callback: (file: {
      readonly path: string
      readonly pluginData: unknown
    }) => Promise<LoadResult | undefined> | LoadResult | undefined,
  ): void
}

/** A plugin in esbuild's shape; the package esbuild is not needed for it. */
export interface EsbuildPlugin {
  readonly name: string
  // As a method: esbuild's own type of `build` knows more than is asked for here.
  setup(build: PluginBuild): void
}
