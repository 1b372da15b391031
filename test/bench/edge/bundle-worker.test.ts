import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { THIS_TREE } from '../machine/build-tree.ts'
import { bundleWorker } from './bundle-worker.ts'
import { readWorkerSettings } from './read-worker-settings.ts'

/** A little more than there is, so that what makes it grow is noticed. What it is to come down to: README.md. */
const MAX_GZIPPED_BYTES = 63_000

const { keepsNames } = readWorkerSettings(join(THIS_TREE, 'wrangler.toml'))
const { code, metafile } = bundleWorker(join(THIS_TREE, 'examples', '03-connection-pool', 'worker.ts'), keepsNames)

test(`the Worker of the connection pool has at most ${MAX_GZIPPED_BYTES} bytes, minified and gzipped`, () => {
  const bytes = gzipSync(code, { level: 9 }).length
  expect(bytes).toBeLessThanOrEqual(MAX_GZIPPED_BYTES)
  // Far below, the limit would hold nothing any more.
  expect(bytes).toBeGreaterThan(MAX_GZIPPED_BYTES * 0.9)
})

test('the Worker of the connection pool holds nothing that is heavy to start: no parser of scripts, no package', () => {
  const inputs = Object.keys(metafile.inputs)
  expect(inputs).toContain('src/filters/mux-http.ts')
  const used = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? path : [])),
  )
  expect(used.filter((path) => path.includes('node_modules') || path.startsWith('src/script/'))).toEqual([])
})

test('the Worker of the connection pool makes no code from text, which Workers refuse', () => {
  expect(code).not.toMatch(/\beval\s*\(|\bnew Function\b|\bFunction\s*\(/)
})
