import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { NodeExecutable } from '../machine/executables.ts'
import type { Feature, Rival } from './rival.ts'

/** A JavaScript library that proxies: `servers/NAME.js` is the proxy written with it. */
interface Library {
  readonly name: string
  readonly package: string
  readonly lacks?: readonly Feature[]
}

const LIBRARIES: readonly Library[] = [
  { name: 'undici', package: 'undici' },
  // It forwards node:http's `headers`, whose names are in lower case.
  { name: 'http-proxy', package: 'http-proxy', lacks: ['forwards header names as they came'] },
  // fetch sets Host itself and writes names in lower case.
  { name: 'hono', package: 'hono', lacks: ['forwards the Host header', 'forwards header names as they came'] },
]

/** The proxies written with JavaScript libraries, to be run by one Node. */
export function libraryRivals(node: NodeExecutable): Rival[] {
  return LIBRARIES.map((library) => {
    const server = fileURLToPath(new URL(`../servers/${library.name}.js`, import.meta.url))
    return {
      name: library.name,
      title: `${library.name} ${packageVersion(library.package)}, node ${node.major}`,
      isJavaScript: true,
      // In `arrival` they take minutes.
      onlyFor: ['small', '16k', '1m', '1m-up', 'latency'],
      lacks: library.lacks ?? [],
      prepare: ({ port, upstreamPorts }) => ({
        file: node.file,
        arguments: [server, String(port), ...upstreamPorts.map(String)],
      }),
    }
  })
}

function packageVersion(name: string): string {
  const file = new URL(`../../../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
