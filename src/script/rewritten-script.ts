/** A name and where the script first uses it, from 1. */
export interface NameUse {
  readonly name: string
  readonly line: number
  readonly column: number
}

/** A source map, version 3. */
export interface ScriptSourceMap {
  readonly version: number
  readonly sources: string[]
  readonly sourcesContent: (string | null)[] | undefined
  readonly names: string[]
  readonly mappings: string
}

/** What is known of a script without its code: plain data, so that a bundle can carry it. */
export interface ScriptManifest {
  readonly file: string
  /** The script's text, to show lines of it; a bundle may leave it out. */
  readonly source?: string
  /** Free names that are context variables. */
  readonly contextNames: readonly NameUse[]
  /** Free names that are globals of the language, the Web or Sluice. */
  readonly globalNames: readonly NameUse[]
  /** Names that `pipy({…})` and `.export(…)` declare in plain sight. */
  readonly declaredNames: readonly string[]
}

/** A script made evaluable. */
export interface RewrittenScript extends ScriptManifest {
  readonly source: string
  /** A function body, with the text around it that `rewriteScript` was asked for. */
  readonly code: string
  /** From `code` to `source`. */
  readonly map: ScriptSourceMap
  /** What `code` must be given: the scope, then the script globals. */
  readonly parameterNames: readonly string[]
}
