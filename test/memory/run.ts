/**
 * `npm run memory -- [work ...] [--full] [--node FILE] [--json FILE]`: what a proxy takes of the machine's memory and
 * sockets, by works that have cost other proxies all of it. `--full` takes half an hour where the default takes a minute.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { WORKS } from './works.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    node: { type: 'string', default: process.execPath },
    json: { type: 'string' },
  },
})
const unknown = positionals.find((name) => !WORKS.some((work) => work.name === name))
if (unknown !== undefined) {
  throw new Error(`Cannot run "${unknown}": the works are ${WORKS.map(({ name }) => name).join(', ')}`)
}

const results: Record<string, object> = {}
for (const work of WORKS) {
  if (positionals.length > 0 && !positionals.includes(work.name)) continue
  const startMs = performance.now()
  const { text, isWithinBounds, figures } = await work.run({ isFull: values.full, nodeFile: values.node })
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0)
  console.log(`memory: ${work.name}: ${isWithinBounds ? '' : 'OUT OF BOUNDS: '}${text}; ${seconds} s`)
  results[work.name] = { text, isWithinBounds, figures }
  if (!isWithinBounds) process.exitCode = 1
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ works: results }, undefined, 2)}\n`)
// Sockets of clients that were left behind keep nobody waiting.
process.exit()
