/**
 * `npm run memory -- [work ...] [--full] [--node 20,24] [--json FILE]`: what a proxy takes of the machine's memory and
 * sockets, by works that have cost other proxies all of it. `--full` takes twenty minutes where the default takes a few seconds.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { currentNode, nodeExecutables } from '../end-to-end/support/node-executables.ts'
import type { Work, WorkResult } from './work.ts'
import { WORKS } from './works.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    node: { type: 'string', default: String(currentNode.major) },
    json: { type: 'string' },
  },
})
const unknown = positionals.find((name) => !WORKS.some((work) => work.name === name))
if (unknown !== undefined) {
  throw new Error(`Cannot run "${unknown}": the works are ${WORKS.map(({ name }) => name).join(', ')}`)
}

const nodes = values.node.split(',').map((major) => {
  const node = nodeExecutables.find((each) => String(each.major) === major)
  if (node !== undefined) return node
  throw new Error(`Cannot run on Node "${major}": there are ${nodeExecutables.map((each) => each.major).join(', ')}`)
})

const results: Record<string, object> = {}
for (const node of nodes) {
  for (const work of WORKS) {
    if (positionals.length > 0 && !positionals.includes(work.name)) continue
    const name = nodes.length === 1 ? work.name : `${work.name} on Node ${node.major}`
    const startMs = performance.now()
    const result = await run(work, node.file)
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0)
    console.log(`memory: ${name}: ${result.isWithinBounds ? '' : 'OUT OF BOUNDS: '}${result.text}; ${seconds} s`)
    results[name] = result
    if (!result.isWithinBounds) process.exitCode = 1
  }
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ works: results }, undefined, 2)}\n`)
// Sockets of clients that were left behind keep nobody waiting.
process.exit()

async function run(work: Work, nodeFile: string): Promise<WorkResult> {
  try {
    return await work.run({ isFull: values.full, nodeFile })
  } catch (error) {
    return { text: (error as Error).message, isWithinBounds: false, figures: {} }
  }
}
