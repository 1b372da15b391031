import type { ScriptSourceMap } from '../../src/script/rewritten-script.ts'
import { compileFile } from './compile-file.ts'
import type { SluiceScriptsOptions } from './is-included.ts'

interface TransformContext {
  addWatchFile(path: string): void
}

/** A plugin in the shape of Vite, Rolldown and Rollup; none of them is needed for it. */
export interface VitePlugin {
  readonly name: string
  /** Before the bundler's own steps, which take a script for a module. */
  readonly enforce: 'pre'
  transform(
    this: TransformContext,
    source: string,
    id: string,
  ): { readonly code: string; readonly map: ScriptSourceMap } | null
}

/** Does for Vite, Rolldown and Rollup what `sluiceScripts` does for esbuild: `plugins: [sluiceScriptsForVite()]`. */
export function sluiceScriptsForVite(options: SluiceScriptsOptions = {}): VitePlugin {
  return {
    name: 'sluice-scripts',
    enforce: 'pre',
    transform(source, id) {
      // Behind a zero byte are modules that no file has.
      if (id.startsWith('\0')) return null
      const compiled = compileFile(id.replace(/[?#].*$/, ''), source, process.cwd(), options)
      if (compiled === undefined) return null
      for (const file of compiled.files) this.addWatchFile(file)
      return { code: compiled.code, map: { ...compiled.map, sources: [id] } }
    },
  }
}
