import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeExecutable } from '../machine/executables.ts'
import type { Place, Rival } from './rival.ts'

export interface SluiceOptions {
  /** The tree that it is run from, built. */
  readonly tree: string
  readonly node: NodeExecutable
  /** `proxy.js` is the example as a Pipy script, `proxy.ts` the same in the typed form. @default 'proxy.js' */
  readonly form?: 'proxy.js' | 'proxy.ts'
  /** The word that chooses it. @default 'sluice' */
  readonly name?: string
  /** Further options for Node, a profiler's for example. */
  readonly nodeOptions?: readonly string[]
}

/** Sluice running example 03, the connection pool, with nothing changed but the ports. */
export function sluice(options: SluiceOptions): Rival {
  const { tree, node, form = 'proxy.js', name = 'sluice', nodeOptions = [] } = options
  return {
    name,
    title: `${name}, node ${node.major}`,
    isJavaScript: true,
    prepare: (place) => {
      const example = readFileSync(join(tree, 'examples', '03-connection-pool', form), 'utf8')
      const script = join(place.folder, form)
      writeFileSync(script, replacePorts(example, place))
      if (form === 'proxy.ts') linkPackage(place.folder, tree)
      return { file: node.file, arguments: [...nodeOptions, join(tree, 'adapters', 'node.js'), script] }
    },
  }
}

/**
 * The example's text with other ports, listening on 127.0.0.1.
 * Throws when the example does not use the ports that it is known for: 8000, 8080 and 8081.
 */
export function replacePorts(text: string, place: Place): string {
  const replacements: [RegExp, string][] = [
    [/\.listen\(8000\b/g, `.listen('127.0.0.1:${place.port}'`],
    [/:8080\b/g, `:${place.upstreamPorts[0]}`],
    [/:8081\b/g, `:${place.upstreamPorts[1]}`],
  ]
  for (const [pattern, replacement] of replacements) {
    const replaced = text.replace(pattern, replacement)
    if (replaced === text) throw new Error(`Cannot set the ports of example 03: no ${pattern.source} found in it`)
    text = replaced
  }
  return text
}

/** Lets a module in a folder outside the tree import the package by its name. */
function linkPackage(folder: string, tree: string): void {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(tree, join(folder, 'node_modules', 'sluice'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
}
