import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ProxyError } from '../../src/errors.ts'
import { compileFile } from './compile-file.ts'
import type { BuildMessage, EsbuildPlugin, LoadResult } from './esbuild-plugin.ts'
import { isIncluded, type SluiceScriptsOptions } from './is-included.ts'

/**
 * Makes Pipy scripts modules for esbuild: `plugins: [sluiceScripts()]`. A script's default export is a proxy, for
 * `worker(proxy)` and whatever else takes one. Files that are no scripts stay as they are. What is wrong with a script
 * is an error of the build, with its place.
 */
export function sluiceScripts(options: SluiceScriptsOptions = {}): EsbuildPlugin {
  return {
    name: 'sluice-scripts',
    setup: (build) => {
      const folder = build.initialOptions.absWorkingDir ?? process.cwd()
      // A filter is an expression of Go: what the user gave is matched by JavaScript.
      const filter = options.include === undefined ? /\.js$/ : /.*/
      build.onLoad({ filter, namespace: 'file' }, async ({ path }) =>
        isIncluded(path, options) ? load(path, await readFile(path, 'utf8'), folder, options) : undefined,
      )
    },
  }
}

function load(path: string, source: string, folder: string, options: SluiceScriptsOptions): LoadResult | undefined {
  try {
    const compiled = compileFile(path, source, folder, options)
    if (compiled === undefined) return undefined
    const { code, files } = compiled
    // Of a path esbuild makes one from the folder of the module: here they are the same.
    const map = { ...compiled.map, sources: [path.slice(dirname(path).length + 1)] }
    const text = Buffer.from(JSON.stringify(map)).toString('base64')
    const contents = `${code}//# sourceMappingURL=data:application/json;base64,${text}\n`
    return { contents, loader: 'js', resolveDir: dirname(path), watchFiles: [path, ...files] }
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    return { errors: [toMessage(error, source)], watchFiles: [path] }
  }
}

function toMessage({ message, location }: ProxyError, source: string): BuildMessage {
  if (location === undefined) return { text: message }
  const { file, line, column } = location
  // esbuild shows the line itself.
  const [first = message] = message.split(`\n${line} | `)
  const text = first.replace(` at ${file}:${line}:${column}`, '')
  return { text, location: { file, line, column: column - 1, lineText: source.split(/\r?\n/)[line - 1] ?? '' } }
}
