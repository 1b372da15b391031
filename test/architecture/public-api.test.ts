/** What users can import, held by a list: a name that comes, goes or changes shows in the change that does it. */
import { describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { findPublicNames } from './public-names.ts'
import { createSourceTree, readTexts } from './source-tree.ts'

const DOORS: readonly (readonly [entry: string, door: string])[] = [
  ['sluice', 'src/index.ts'],
  ['sluice/node', 'adapters/node/index.ts'],
  ['sluice/cloudflare', 'adapters/cloudflare/index.ts'],
  ['sluice/deno', 'adapters/deno/index.ts'],
  ['sluice/bun', 'adapters/bun/index.ts'],
  ['sluice/hono', 'adapters/hono/index.ts'],
  ['sluice/itty-router', 'adapters/itty-router/index.ts'],
  ['sluice/esbuild', 'adapters/esbuild/index.ts'],
  ['sluice/gateway', 'src/gateway/index.ts'],
  ['sluice/redis', 'adapters/redis/index.ts'],
  ['sluice/script', 'src/script/index.ts'],
  ['sluice/compiled-script', 'src/script/run-compiled-script.ts'],
]

const tree = createSourceTree(readTexts('{src,adapters}/**/*.ts'))

test.each(DOORS)('%s exports the names in public-api/, no more and no fewer', async (entry, door) => {
  const names = findPublicNames(tree, door)
  await expect(`${names.join('\n')}\n`).toMatchFileSnapshot(`public-api/${entry.replace('/', '-')}.txt`)
})

test('package.json opens these doors and no others', () => {
  const opened = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'))
  expect(opened.map((entry) => entry.replace(/^\./, 'sluice'))).toEqual(DOORS.map(([entry]) => entry))
})

describe('findPublicNames', () => {
  test('follows names to where they are declared', () => {
    const files = createSourceTree([
      [
        'src/index.ts',
        `export { b as a, type T } from './b.ts'\nexport type { Cache as Type } from './d.ts'\nexport * as algo from './c.ts'\nexport * from './d.ts'\nexport { gone } from './d.ts'`,
      ],
      ['src/b.ts', `export { b } from './d.ts'\nexport interface T {}`],
      ['src/c.ts', `export { Cache } from './d.ts'`],
      ['src/d.ts', `export const b = 1\nexport class Cache {}`],
    ])
    expect(findPublicNames(files, 'src/index.ts')).toEqual([
      'class Cache',
      'type T',
      'type Type',
      'const a',
      'class algo.Cache',
      'const b',
      'missing gone',
    ])
  })
})
