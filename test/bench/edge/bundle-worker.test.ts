import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { bundleWorker } from './bundle-worker.ts'

/** A little more than there is, so that what makes it grow is noticed. What it is to come down to: README.md. */
const MAX_GZIPPED_BYTES = 43_500

const { code, sources } = bundleWorker()

test(`the Worker of the connection pool has at most ${MAX_GZIPPED_BYTES} bytes, minified and gzipped`, () => {
  const bytes = gzipSync(code, { level: 9 }).length
  expect(bytes).toBeLessThanOrEqual(MAX_GZIPPED_BYTES)
  // Far below, the limit would hold nothing any more.
  expect(bytes).toBeGreaterThan(MAX_GZIPPED_BYTES * 0.9)
})

test('the Worker of the connection pool holds nothing that is heavy to start: no parser of scripts, no package', () => {
  expect(sources).toContain('src/filters/mux-http-filter.ts')
  expect(sources.filter((path) => path.includes('node_modules') || path.startsWith('src/script/'))).toEqual([])
})

test('the Worker of the connection pool makes no code from text, which Workers refuse', () => {
  expect(code).not.toMatch(/\beval\s*\(|\bnew Function\b|\bFunction\s*\(/)
})

test('the Worker of the connection pool has the filters and algorithms that it uses, and no others', () => {
  const filters = ['connect', 'demux-http', 'handle-message-start', 'link', 'mux-http', 'replace-message']
  expect(sources).toEqual(expect.arrayContaining(filters.map((name) => `src/filters/${name}.ts`)))
  const others = ['branch', 'dump', 'fork', 'merge', 'mux', 'pack', 'serve-fetch', 'serve-http', 'split', 'wait']
  expect(sources.filter((path) => others.some((name) => path === `src/filters/${name}.ts`))).toEqual([])
  expect(sources.filter((path) => path.startsWith('src/algorithms/selection/'))).toEqual([])
})
