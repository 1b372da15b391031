import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { CORE_SUITES, findPortableSuites } from './test/architecture/portable-suites.ts'

// workerd's tools ask nobody and send nothing: the suites run without a network.
process.env['WRANGLER_SEND_METRICS'] = 'false'
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Tests import the package by name, as its users do; here the name leads to the sources. */
const alias = [
  { find: /^sluice$/, replacement: here('src/index.ts') },
  ...['cloudflare', 'node', 'deno', 'bun', 'hono', 'itty-router', 'esbuild', 'redis'].map((name) => ({
    find: new RegExp(`^sluice/${name}$`),
    replacement: here(`adapters/${name}/index.ts`),
  })),
  { find: /^sluice\/gateway$/, replacement: here('src/gateway/index.ts') },
  { find: /^sluice\/script$/, replacement: here('src/script/index.ts') },
]

/** The runtime that `wrangler dev` and a deployment have; their program itself is no part of these suites. */
const compatibilityDate = /^compatibility_date = "([\d-]+)"/m.exec(readFileSync(here('wrangler.toml'), 'utf8'))?.[1]
if (compatibilityDate === undefined) throw new Error('Cannot set up workerd: wrangler.toml has no compatibility_date')

const onNode = { alias: [...alias, { find: '#proxy-fetch', replacement: here('adapters/node/proxy-fetch.ts') }] }
/** What takes a second on a machine at rest takes many on one that tests much at once. */
const patience = { testTimeout: 20_000, hookTimeout: 30_000 }

export default defineConfig({
  test: {
    // Much of the time goes by waiting for other processes: on two cores one worker would take twice as long.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        resolve: onNode,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/workerd/**', 'test/package/**', CORE_SUITES],
          ...patience,
        },
      },
      {
        resolve: onNode,
        // They start no processes and keep no state that another could see: a process for each would double their cost.
        test: {
          name: 'core',
          include: [CORE_SUITES],
          isolate: false,
          restoreMocks: true,
          unstubGlobals: true,
          ...patience,
        },
      },
      {
        resolve: {
          alias: [...alias, { find: '#proxy-fetch', replacement: here('adapters/cloudflare/proxy-fetch.ts') }],
        },
        plugins: [cloudflareTest({ miniflare: { compatibilityDate } })],
        // A worker for each file would cost a second each; the core's suites keep no state that another could see.
        test: {
          name: 'workerd',
          include: ['test/workerd/**/*.test.ts', ...findPortableSuites()],
          isolate: false,
          ...patience,
        },
      },
      { test: { name: 'package', include: ['test/package/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 180_000 } },
    ],
  },
})
