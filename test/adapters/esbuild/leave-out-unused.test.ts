import { build, type BuildFailure, type BuildOptions, type Plugin } from 'esbuild'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { leaveOutUnused, type LeaveOutUnusedOptions, sluiceScripts } from 'sluice/esbuild'
import { Upstream } from '../../end-to-end/support/upstream.ts'
import { PROJECT_FOLDER } from '../../end-to-end/support/project-folder.ts'
import { startWorker, type StartWorkerOptions } from '../cloudflare/support/start-worker.ts'

vi.setConfig({ testTimeout: 30_000 })

const ALIAS = {
  'sluice/cloudflare': join(PROJECT_FOLDER, 'adapters/cloudflare/index.ts'),
  'sluice/compiled-script': join(PROJECT_FOLDER, 'src/script/run-compiled-script.ts'),
  sluice: join(PROJECT_FOLDER, 'src/index.ts'),
}

const TYPED = `
import { algo, Message, pipy } from 'sluice'
export const router = new algo.URLRouter({})
/** A comment may say dump, or p.fork(). */
export default pipy().listen(8000).serveHTTP(() => new Message('Hello'))
`

interface Built {
  /** The names of the filters that are in the bundle. */
  readonly filters: readonly string[]
  readonly algorithms: readonly string[]
  /** All that is in it, by its path. */
  readonly modules: readonly string[]
  readonly warnings: readonly string[]
}

async function bundle(code: string, options: LeaveOutUnusedOptions = {}, rest: BuildOptions = {}): Promise<Built> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-lean-')))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'entry.js'), code)
  const { metafile, warnings } = await build({
    entryPoints: [join(folder, 'entry.js')],
    absWorkingDir: PROJECT_FOLDER,
    outfile: join(folder, 'out.js'),
    bundle: true,
    format: 'esm',
    external: ['cloudflare:*'],
    write: false,
    metafile: true,
    logLevel: 'silent',
    alias: ALIAS,
    plugins: [leaveOutUnused(options)],
    ...rest,
  })
  const used = Object.values(metafile?.outputs ?? {}).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? path : [])),
  )
  const namesIn = (place: string): string[] =>
    used.flatMap((path) => (path.startsWith(place) ? path.slice(place.length, -'.ts'.length) : []))
  return {
    filters: namesIn('src/filters/'),
    algorithms: namesIn('src/algorithms/'),
    modules: used.map((path) => path.replace(/\.ts$/, '')),
    warnings: warnings.map(({ text }) => text),
  }
}

describe('leaveOutUnused', () => {
  test('leaves out what nothing names, and says nothing about it', async () => {
    const { filters, algorithms, warnings } = await bundle(TYPED)
    expect(filters).toEqual(expect.arrayContaining(['serve-http']))
    for (const name of ['dump', 'fork', 'connect', 'mux-http', 'handle-data']) expect(filters).not.toContain(name)
    expect(algorithms).toEqual(expect.arrayContaining(['url-router', 'url-pattern']))
    for (const name of ['cache', 'percentile', 'selection/hashing']) expect(algorithms).not.toContain(name)
    expect(warnings).toEqual([])
  })

  test.each([
    ['behind a dot', 'export const f = (p) => p.dump()'],
    ['in a text', "export const f = (p) => p['dump']()"],
    ['in a text without quotes', 'export const f = (p) => p[`dump`]()'],
    ['in a pattern', 'export const f = ({ dump: show }) => show()'],
    ['in data', 'export const data = { filters: { dump: true } }; export const f = (p, name) => p[name]()'],
  ])('keeps what is named %s', async (_, code) => {
    expect((await bundle(TYPED + code)).filters).toContain('dump')
  })

  test('keeps what is named in a module that is imported, and not what is named where nothing is used', async () => {
    const helper: Plugin = {
      name: 'helper',
      setup: ({ onResolve, onLoad }) => {
        onResolve({ filter: /^helper$/ }, () => ({ path: 'helper', namespace: 'helper' }))
        onLoad({ filter: /.*/, namespace: 'helper' }, () => ({
          contents: 'export const used = (p) => p.dump()\nexport const unused = (p) => p.fork()',
        }))
      },
    }
    const plugins = [leaveOutUnused(), helper]
    const { filters } = await bundle(`${TYPED}export { used } from 'helper'`, {}, { plugins })
    expect(filters).toContain('dump')
    expect(filters).not.toContain('fork')
  })

  test('keeps what is named by a later name', async () => {
    const code = TYPED.replace('.serveHTTP', '.handleStreamEnd(() => undefined).serveHTTP')
    expect((await bundle(code)).filters).toContain('handle-session-end')
  })

  test('keeps what a Pipy script names, by its names', async () => {
    const script = 'pipy({ _p: new algo.Percentile([50]) }).listen(8000).onData(() => void 0).dummy()'
    const { filters, algorithms } = await bundle(script, {}, { plugins: [sluiceScripts(), leaveOutUnused()] })
    expect(filters).toEqual(expect.arrayContaining(['handle-data', 'dummy']))
    expect(filters).not.toContain('mux-http')
    expect(algorithms).toContain('percentile')
    expect(algorithms).not.toContain('url-router')
  })

  test('keeps what the option keep says', async () => {
    const { filters, algorithms } = await bundle(TYPED, { keep: ['dump', 'Percentile'] })
    expect(filters).toContain('dump')
    expect(algorithms).toContain('percentile')
  })

  test('leaves out what belongs to an option that nobody sets', async () => {
    const worker =
      TYPED.replace(
        'export default pipy()',
        "import { worker } from 'sluice/cloudflare'\nexport default worker(pipy()",
      ) + ')'
    const without = await bundle(worker)
    expect(without.modules).not.toContain('src/http/forwarded-rules')
    expect(without.modules).not.toContain('src/engine/kept-sessions')
    const forwarded = await bundle(worker.replace('(8000', "(8000, { forwarded: { style: 'both' } }"))
    expect(forwarded.modules).toContain('src/http/forwarded-rules')
    expect(forwarded.modules).not.toContain('src/engine/kept-sessions')
    const session = await bundle(worker.replace(/\)$/, ', { session: { key: () => "a" } })'))
    expect(session.modules).toContain('src/engine/kept-sessions')
    expect(session.modules).not.toContain('src/http/forwarded-rules')
    expect((await bundle(worker, { keep: ['session'] })).modules).toContain('src/engine/kept-sessions')
  })

  test('refuses to keep what there is not', async () => {
    const failure = (await bundle(TYPED, { keep: ['dmup'] }).catch((error: unknown) => error)) as BuildFailure
    expect(failure.errors.map(({ text }) => text)).toEqual([
      'Cannot keep "dmup": expected a filter, an algorithm, forwarded or session',
    ])
  })

  test('tells what is wrong with a module once, and ends other plugins once', async () => {
    const onEnd = vi.fn<() => void>()
    const ending: Plugin = { name: 'ending', setup: (plugin) => plugin.onEnd(onEnd) }
    const plugins = [leaveOutUnused(), ending]
    const failure = (await bundle('let 1', {}, { plugins }).catch((error: unknown) => error)) as BuildFailure
    expect(failure.errors).toHaveLength(1)
    expect(onEnd).toHaveBeenCalledTimes(1)
    await bundle(TYPED, {}, { plugins })
    expect(onEnd).toHaveBeenCalledTimes(2)
  })

  test('finds names that are minified or mangled in the end', async () => {
    const { filters } = await bundle(`${TYPED}export const f = (p) => p.dump()`, {}, { minify: true, keepNames: true })
    expect(filters).toContain('dump')
  })
})

describe('a bundle without what nothing names, in workerd', () => {
  const start = async (options: StartWorkerOptions): Promise<string> => {
    const worker = await startWorker({ plugins: [leaveOutUnused()], ...options })
    onTestFinished(() => worker.dispose())
    return worker.url
  }

  test('serves', async () => {
    const upstream = await Upstream.start('eighty')
    const vars = { ROUTES: { '/hi/*': `http://${upstream.address}` } }
    const script = join(PROJECT_FOLDER, 'examples/03-connection-pool/worker.ts')
    const url = await start({ script, vars })
    expect(await (await fetch(new URL('/hi/you', url))).text()).toBe('eighty GET /hi/you')
    expect((await fetch(url)).status).toBe(404)
  })

  test.each([
    ['dump', "pipy().listen(80).demuxHTTP((p) => p['du'.concat('mp')]())"],
    ['forwarded', "pipy().listen(80, Object.fromEntries([['forwar'.concat('ded'), {}]])).demuxHTTP((p) => p.print())"],
    ['Percentile', "pipy({ _: new algo['Percen'.concat('tile')]([50]) }).listen(80).demuxHTTP((p) => p.print())"],
  ])('says what to do when %s is used all the same', async (name, proxy) => {
    const code = `
      import { algo, pipy } from 'sluice'
      import { worker } from 'sluice/cloudflare'
      export default worker(() => ${proxy})`
    const response = await fetch(await start({ code }))
    const state = `Cannot use ${name}: this bundle was made without it, as nothing in it names it`
    const remedy = `add it to the option keep, or --keep ${name}, when the bundle is made`
    expect([response.status, await response.text()]).toEqual([500, `${state}; ${remedy}\n`])
  })
})
