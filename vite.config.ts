/**
 * Makes the JavaScript of dist/ from the sources; the types beside it are tsc's. Node needs half a millisecond for each
 * module that it loads, and Sluice is more than two hundred short ones: from a dozen files it starts in little more than
 * half the time. What several entries need is in dist/chunks, once, so that there is one copy of each class.
 *
 * Bundlers for workers of the edge get the modules by themselves, in dist/modules: `leaveOutUnused` of adapters/esbuild can
 * leave some of them out.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import MagicString from 'magic-string'
import { defineConfig, type Plugin } from 'vite'
import manifest from './package.json' with { type: 'json' }

const PROJECT_FOLDER = fileURLToPath(new URL('.', import.meta.url))
const OUTPUT_FOLDER = join(PROJECT_FOLDER, 'dist')

/** What is opened by its path: by adapters/node.js, by Node as module hooks, by the primary as the program of workers. */
const PROGRAMS = [
  'adapters/node/main',
  'adapters/deno/main',
  'adapters/bun/main',
  'adapters/node/loader/module-hooks',
  'adapters/node/workers/worker-main',
  ...['node', 'cloudflare', 'deno', 'bun'].map((name) => `adapters/${name}/proxy-fetch`),
]

/** What users import by name. */
const DOORS = Object.values(manifest.exports)
  .filter((door) => typeof door === 'object')
  .map((door) => door.default.replace(/^\.\/dist\/(.+)\.js$/, '$1'))

const MODULES_FOLDER = join(OUTPUT_FOLDER, 'modules')

type Door = string | { readonly workerd?: string }

/** What package.json has for workers of the edge, and the module that a plugin alone asks for. */
const EDGE_DOORS = [
  'src/left-out.js',
  ...([...Object.values(manifest.exports), ...Object.values(manifest.imports)] as Door[]).flatMap((door) =>
    typeof door === 'string' ? [] : (door.workerd?.replace('./dist/modules/', '') ?? []),
  ),
]

export default defineConfig({
  root: PROJECT_FOLDER,
  logLevel: 'warn',
  publicDir: false,
  plugins: [keepModuleUrls(), keepEdgeModules(), writeOnlyChanges()],
  // The programs of Deno and Bun name the package, so that from the sources as well they run what is built; Node's names
  // the plugins, which are an adapter of their own.
  resolve: {
    alias: {
      'sluice/deno': join(PROJECT_FOLDER, 'adapters/deno/index.ts'),
      'sluice/bun': join(PROJECT_FOLDER, 'adapters/bun/index.ts'),
      'sluice/esbuild': join(PROJECT_FOLDER, 'adapters/esbuild/index.ts'),
    },
  },
  build: {
    ssr: true,
    outDir: OUTPUT_FOLDER,
    emptyOutDir: false,
    target: 'es2023',
    // Users meet it in stack traces.
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      // Otherwise a chunk that workers of the edge load would import `node:module`.
      platform: 'neutral',
      input: Object.fromEntries(
        [...PROGRAMS, ...DOORS, 'src/left-out'].map((path) => [path, join(PROJECT_FOLDER, `${path}.ts`)]),
      ),
      external: [
        /^(?:node:|cloudflare:|#)/,
        ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
      ],
      output: [
        {
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name].js',
          minifyInternalExports: false,
          codeSplitting: {
            groups: [
              { name: 'core', test: (id) => /^src\/(?!(?:script|command|gateway)\/)/.test(pathOf(id)), priority: 3 },
              // By itself: what a compiled script needs is no parser.
              {
                name: 'compiled-script',
                test: (id) => pathOf(id) === 'src/script/run-compiled-script.ts',
                priority: 2,
              },
              // By itself: few proxies are gateways, and its schema is a package.
              { name: 'gateway', test: (id) => pathOf(id).startsWith('src/gateway/'), priority: 1 },
              { name: 'script', test: (id) => pathOf(id).startsWith('src/script/'), priority: 1 },
            ],
          },
        },
        {
          dir: MODULES_FOLDER,
          entryFileNames: '[name].js',
          preserveModules: true,
          preserveModulesRoot: PROJECT_FOLDER,
          minifyInternalExports: false,
        },
      ],
    },
  },
})

/** Lets `import.meta.url` tell where its module would be by itself, so that paths from there hold in every chunk. */
function keepModuleUrls(): Plugin {
  const mark = /module-at:([\w./-]+)/g
  return {
    name: 'keep-module-urls',
    transform: {
      filter: { id: /\.ts$/, code: 'import.meta.url' },
      handler: (code, id) => {
        const path = pathOf(id).replace(/\.ts$/, '.js')
        return replace(code, /import\.meta\.url\b/g, () => `new URL('module-at:${path}', import.meta.url).href`)
      },
    },
    renderChunk: (code, { fileName }, { dir = OUTPUT_FOLDER }) =>
      code.includes('module-at:')
        ? replace(code, mark, (_, path) => toPosix(relative(dirname(join(dir, fileName)), join(dir, path))))
        : null,
  }
}

/** In dist/modules there is what workers of the edge reach. */
function keepEdgeModules(): Plugin {
  return {
    name: 'keep-edge-modules',
    generateBundle: ({ dir }, bundle) => {
      if (dir !== MODULES_FOLDER) return
      const reached = new Set(EDGE_DOORS)
      for (const path of reached) {
        const output = bundle[path]
        if (output?.type !== 'chunk') throw new Error(`Cannot build ${path}: it is not among the entries`)
        for (const imported of [...output.imports, ...output.dynamicImports]) {
          if (bundle[imported] !== undefined) reached.add(imported)
        }
      }
      for (const path of Object.keys(bundle)) if (!reached.has(path.replace(/\.map$/, ''))) delete bundle[path]
    },
  }
}

/** Proxies may be running from the files that are there: those that would stay the same are left alone. */
function writeOnlyChanges(): Plugin {
  return {
    name: 'write-only-changes',
    generateBundle: ({ dir = OUTPUT_FOLDER }, bundle) => {
      mkdirSync(dir, { recursive: true })
      for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
        const path = toPosix(name)
        if (!/\.js(?:\.map)?$/.test(path) || (dir === OUTPUT_FOLDER && path.startsWith('modules/'))) continue
        const output = bundle[path]
        if (output === undefined) {
          rmSync(join(dir, path))
        } else {
          const text = output.type === 'chunk' ? output.code : output.source
          if (text === readFileSync(join(dir, path), 'utf8')) delete bundle[path]
        }
      }
    },
  }
}

function replace(code: string, pattern: RegExp, replacement: (match: string, ...groups: string[]) => string) {
  const text = new MagicString(code).replaceAll(pattern, replacement)
  return { code: text.toString(), map: text.generateMap({ hires: true }) }
}

/** A module's path from the project's folder. */
function pathOf(id: string): string {
  return toPosix(relative(PROJECT_FOLDER, id))
}

function toPosix(path: string): string {
  return path.replaceAll(sep, '/')
}
