import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeExecutable } from '../machine/executables.ts'
import type { Setup, WorkName } from '../works.ts'
import { linkPackage } from './link-package.ts'
import type { Place, Rival } from './rival.ts'
import { varyExample } from './vary-example.ts'

export interface SluiceOptions {
  /** The tree that it is run from, built. */
  readonly tree: string
  readonly node: NodeExecutable
  /** `proxy.js` is the example as a Pipy script, `proxy.ts` the same in the typed form. @default as the work wants it */
  readonly form?: 'proxy.js' | 'proxy.ts'
  /** The word that chooses it. @default 'sluice' */
  readonly name?: string
  /** Has this set-up in every work. @default as the work wants it */
  readonly fixedSetup?: Setup
  /** Takes part in these works only. @default all */
  readonly onlyFor?: readonly WorkName[]
  /** Further options for Node, a profiler's for example. */
  readonly nodeOptions?: readonly string[]
}

/** Sluice running example 03, the connection pool, with nothing changed but the ports and what a work's set-up adds. */
export function sluice(options: SluiceOptions): Rival {
  const { tree, node, name = 'sluice', nodeOptions = [], fixedSetup, onlyFor } = options
  return {
    name,
    title: `${name}, node ${node.major}`,
    isJavaScript: true,
    // It opens its port first to see that nobody has it, and closes it again before it listens.
    listeningText: /^Listening on /m,
    setups: ['pool', 'headers', 'typed', 'routes'],
    ...(fixedSetup && { fixedSetup }),
    ...(onlyFor && { onlyFor }),
    prepare: (place, setup) => {
      const form = options.form ?? (setup === 'typed' ? 'proxy.ts' : 'proxy.js')
      const example = readFileSync(join(tree, 'examples', '03-connection-pool', form), 'utf8')
      const script = join(place.folder, form)
      writeFileSync(script, varyExample(replacePorts(example, place), setup, place.upstreamPorts))
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
