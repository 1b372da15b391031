import { build, type BuildFailure, type BuildOptions, type OutputFile } from 'esbuild'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import { build as buildWithVite } from 'vite'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { sluiceScripts, sluiceScriptsForVite, type SluiceScriptsOptions } from 'sluice/esbuild'
import type { Configuration } from '../../../src/configuration.ts'
import { PROJECT_FOLDER } from '../../end-to-end/support/project-folder.ts'

vi.setConfig({ testTimeout: 30_000 })

const SCRIPT = `pipy({
  _page: pipy.load('page.txt'),
  _name: os.env.SLUICE_TEST_NAME,
})
.listen(8000)
  .handleData(() => _page.missing.thing)
`

const FILES: Readonly<Record<string, string>> = {
  'entry.js': "import proxy from './in/proxy.js'\nexport { plain } from './plain.js'\nexport default proxy\n",
  'plain.js': 'export const plain = "pipy()"\n',
  'in/proxy.js': SCRIPT,
  'in/page.txt': 'a page',
}

/** The package's door leads to the sources, as in vitest. */
const ALIAS = { 'sluice/compiled-script': join(PROJECT_FOLDER, 'src/script/run-compiled-script.ts') }

function createFolder(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-esbuild-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries({ ...FILES, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

interface Bundle {
  readonly folder: string
  readonly text: string
  readonly map: string
}

async function bundle(
  files: Readonly<Record<string, string>> = {},
  options: SluiceScriptsOptions = {},
  rest: BuildOptions = {},
): Promise<Bundle> {
  const folder = createFolder(files)
  const { outputFiles = [] } = await build({
    entryPoints: [join(folder, 'entry.js')],
    absWorkingDir: folder,
    outfile: join(folder, 'bundle.mjs'),
    bundle: true,
    format: 'esm',
    sourcemap: 'linked',
    write: false,
    logLevel: 'silent',
    alias: ALIAS,
    plugins: [sluiceScripts(options)],
    ...rest,
  })
  const textOf = (suffix: string): string =>
    (outputFiles as OutputFile[]).find(({ path }) => path.endsWith(suffix))?.text ?? ''
  return { folder, text: textOf('.mjs'), map: textOf('.mjs.map') }
}

async function importText(folder: string, text: string): Promise<{ readonly default: Configuration; plain: string }> {
  const file = join(folder, 'bundle.mjs')
  writeFileSync(file, text.replace(/\n\/\/# sourceMappingURL=.*/, ''))
  return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as never
}

describe('sluiceScripts', () => {
  test('makes the default import of a script its configuration, and leaves modules alone', async () => {
    vi.stubEnv('SLUICE_TEST_NAME', 'a name')
    onTestFinished(() => void vi.unstubAllEnvs())
    const { folder, text } = await bundle()
    const { default: proxy, plain } = await importText(folder, text)
    expect(plain).toBe('pipy()')
    expect(proxy.listeners.map(({ port }) => port)).toEqual([8000])
    expect(String((proxy.variables as Readonly<Record<string, unknown>>)['_page'])).toBe('a page')
    expect((proxy.variables as Readonly<Record<string, unknown>>)['_name']).toBe('a name')
  })

  test('brings neither a parser nor source maps into the bundle, and evaluates nothing', async () => {
    const { text } = await bundle()
    expect(text).not.toMatch(/node_modules\/(?:acorn|magic-string|@jridgewell)/)
    expect(text).not.toMatch(/\beval\s*\(|new Function\b/)
  })

  test('gives a map that leads from the bundle to the script', async () => {
    const { text, map } = await bundle()
    const lines = text.split('\n')
    const line = lines.findIndex((code) => code.includes('._page.missing')) + 1
    const column = lines[line - 1]?.indexOf('$scope.context._page') as number
    expect(originalPositionFor(new TraceMap(map), { line, column })).toMatchObject({
      source: 'in/proxy.js',
      line: 6,
      column: 20,
    })
  })

  test.each([
    [
      'in/proxy.js',
      'pipy({ _a: 1 })\n.handleData(() => _b)',
      { file: 'in/proxy.js', line: 2, column: 18 },
      'Cannot resolve name "_b"',
    ],
    ['in/proxy.js', 'pipy({\n', { file: 'in/proxy.js', line: 2, column: 0 }, 'Cannot parse script: unexpected token'],
    ['in/proxy.js', 'pipy({ _l: pipy.load("x") })', { line: 1, column: 11 }, 'there is no file "x"'],
    [
      'in/proxy.js',
      'pipy({ _l: pipy.load("../entry.js") })',
      { line: 1, column: 11 },
      'there is no file "../entry.js"',
    ],
  ])(
    'makes what is wrong with a script an error of the build, with its place',
    async (path, text, location, message) => {
      const failure = (await bundle({ [path]: text }).catch((error: unknown) => error)) as BuildFailure
      expect(failure.errors).toEqual([
        expect.objectContaining({ pluginName: 'sluice-scripts', location: expect.objectContaining(location) }),
      ])
      expect(failure.errors[0]?.text).toContain(message)
      expect(failure.errors[0]?.text).not.toContain('\n')
    },
  )

  test('takes the files that include says, whatever their extension, and only those', async () => {
    const files = { 'entry.js': "export { default } from './edge.pipy'\n", 'edge.pipy': 'pipy().listen(9)' }
    const { folder, text } = await bundle(files, { include: /\.pipy$/g })
    expect((await importText(folder, text)).default.listeners[0]?.port).toBe(9)
    expect((await bundle({}, { include: /\.pipy$/ })).text).not.toContain('runCompiledScript')
  })

  test('leaves CommonJS modules and packages alone', async () => {
    const { folder, text } = await bundle({
      'entry.js': "import a from './common.js'\nimport b from 'pack'\nexport const plain = a.value + b.value\n",
      'common.js': 'exports.value = 1\n',
      'node_modules/pack/index.js': 'const pipy = () => 2\nexports.value = pipy()\n',
    })
    expect((await importText(folder, text)).plain).toBe(3)
  })
})

describe('sluiceScriptsForVite', () => {
  test('does the same in Vite', async () => {
    const folder = createFolder({})
    await buildWithVite({
      root: folder,
      configFile: false,
      logLevel: 'silent',
      resolve: { alias: ALIAS },
      plugins: [sluiceScriptsForVite()],
      build: {
        outDir: join(folder, 'out'),
        minify: false,
        lib: { entry: join(folder, 'entry.js'), formats: ['es'], fileName: () => 'bundle.mjs' },
      },
    })
    const { default: proxy, plain } = (await import(
      /* @vite-ignore */ pathToFileURL(join(folder, 'out', 'bundle.mjs')).href
    )) as { default: Configuration; plain: string }
    expect(plain).toBe('pipy()')
    expect(proxy.listeners.map(({ port }) => port)).toEqual([8000])
    expect(String((proxy.variables as Readonly<Record<string, unknown>>)['_page'])).toBe('a page')
  })
})
