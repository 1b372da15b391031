import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { THIS_TREE } from '../machine/build-tree.ts'
import { bareFetch } from './bare-fetch.ts'
import type { EdgeRival, EdgeRuntime } from './edge-rival.ts'
import { writeExample } from './write-example.ts'

/** A runtime that serves requests by itself. */
interface Server {
  readonly name: string
  readonly runtime: EdgeRuntime
  /** How it is told to run a file that may do everything. */
  readonly words: readonly string[]
  /** Makes the function `forward` a server on a port of 127.0.0.1. */
  readonly serve: (port: number) => string
}

const SERVERS: readonly Server[] = [
  {
    name: 'deno',
    runtime: 'Deno',
    words: ['run', '-A', '--no-check'],
    serve: (port) => `Deno.serve({ hostname: '127.0.0.1', port: ${port} }, forward)`,
  },
  {
    name: 'bun',
    runtime: 'Bun',
    words: [],
    serve: (port) => `Bun.serve({ hostname: '127.0.0.1', port: ${port}, fetch: forward })`,
  },
]

/** Deno and Bun: their own server with their own fetch, and Sluice on them. */
export function serverRivals(versionOf: (program: string) => string): EdgeRival[] {
  return SERVERS.flatMap((server) => {
    const file = join(THIS_TREE, 'node_modules', '.bin', server.name)
    const { runtime, words } = server
    const bare: EdgeRival = {
      name: server.name,
      title: `${runtime} ${versionOf(file)}, bare fetch`,
      runtime,
      isBare: true,
      isJavaScript: true,
      lacks: ['forwards the Host header', 'forwards header names as they came'],
      prepare: ({ folder, port, upstreamPorts }) => {
        writeFileSync(join(folder, 'bare.js'), bareFetch(upstreamPorts, server.serve(port)))
        return { file, arguments: [...words, 'bare.js'] }
      },
    }
    const own: EdgeRival = {
      name: `sluice-${server.name}`,
      title: `sluice, ${runtime}`,
      runtime,
      isBare: false,
      isJavaScript: true,
      goalTitle: `${runtime}, small GET`,
      listeningText: /^Listening on /m,
      prepare: (place) => {
        const main = join(THIS_TREE, 'adapters', server.name, 'main.ts')
        return { file, arguments: [...words, main, writeExample(place)] }
      },
    }
    return [bare, own]
  })
}
