import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { THIS_TREE } from '../machine/build-tree.ts'
import type { NodeExecutable } from '../machine/executables.ts'
import { findFreePorts } from '../machine/free-ports.ts'
import { type Command, RunningProcess } from '../machine/running-process.ts'
import { sluice } from '../rivals/sluice.ts'

/** What is started: Node with nothing to do, or Sluice with example 03, as a script and in the typed form. */
export type Started = 'node -e 0' | 'script' | 'typed'

export interface StartOptions {
  readonly nodes: readonly NodeExecutable[]
  /** How often each is started. */
  readonly count: number
  /** Where the files go that a start needs. */
  readonly folder: string
}

/** How long starts took, one figure for each, in the order in which they were made. */
export interface StartSeries {
  readonly node: NodeExecutable
  readonly started: Started
  readonly milliseconds: readonly number[]
}

const STARTED: readonly Started[] = ['script', 'typed', 'node -e 0']
const LISTENING = /Listening on /
const UPSTREAM_PORTS = [1, 2] as const
const RUN_TIMEOUT_MS = 10_000

/**
 * Times starts of Sluice, as it is built, from before its process is made to when it says that it listens, and bare Node
 * from then to its end. All are started in turn, and once before anything counts. No process is bound to a core: a user's
 * is not, and Node starts with several threads.
 * @throws Error when a proxy that says so does not listen
 */
export async function measureStart({ nodes, count, folder }: StartOptions): Promise<StartSeries[]> {
  const series: (StartSeries & { readonly milliseconds: number[]; readonly start: () => Promise<number> })[] = []
  for (const node of nodes) {
    for (const started of STARTED) {
      const startFolder = join(folder, `start-${node.major}-${series.length}`)
      mkdirSync(startFolder)
      const start =
        started === 'node -e 0' ? startNode(node, startFolder) : await startSluice(node, started, startFolder)
      series.push({ node, started, start, milliseconds: [] })
    }
  }
  for (let i = 0; i <= count; i++) {
    for (const { start, milliseconds } of series) {
      const time = await start()
      if (i > 0) milliseconds.push(time)
    }
  }
  return series.map(({ node, started, milliseconds }) => ({ node, started, milliseconds }))
}

function startNode(node: NodeExecutable, folder: string): () => Promise<number> {
  return async () => {
    const startMs = performance.now()
    await new RunningProcess({ file: node.file, arguments: ['-e', '0'] }, { folder }).finish(undefined, RUN_TIMEOUT_MS)
    return performance.now() - startMs
  }
}

async function startSluice(node: NodeExecutable, form: 'script' | 'typed', folder: string) {
  const [port = 0] = await findFreePorts(1)
  const place = { folder, port, upstreamPorts: UPSTREAM_PORTS }
  const command = sluice({ tree: THIS_TREE, node }).prepare(place, form === 'typed' ? 'typed' : 'pool') as Command
  return async (): Promise<number> => {
    const startMs = performance.now()
    const proxy = new RunningProcess(command, { folder })
    try {
      await proxy.printed(LISTENING)
      const time = performance.now() - startMs
      await proxy.listening(port)
      return time
    } finally {
      await proxy.stop()
    }
  }
}
