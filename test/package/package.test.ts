/** The package as its users get it: packed, installed into an empty project and used with the machine's own Node. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { findPublicNames } from '../architecture/public-names.ts'
import { createSourceTree, PROJECT_FOLDER, readTexts } from '../architecture/source-tree.ts'

/** Doors that Node can open, with their sources; the others need their own runtime. */
const NODE_DOORS: readonly (readonly [entry: string, door: string])[] = [
  ['sluice', 'src/index.ts'],
  ['sluice/node', 'adapters/node/index.ts'],
  ['sluice/script', 'src/script/index.ts'],
]

const folder = mkdtempSync(join(tmpdir(), 'sluice-package-'))
const consumer = join(folder, 'consumer')
let tarball = ''

beforeAll(() => {
  const packed = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], PROJECT_FOLDER)
  expect(packed).toContain('sluice')
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '')
  mkdirSync(consumer)
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], consumer)
})

afterAll(() => rmSync(folder, { recursive: true }))

test('holds what was built, the command and the pages, and nothing else', () => {
  const paths = run('tar', ['-tzf', tarball], folder).trim().split('\n')
  const expected =
    /^package\/(?:dist\/(?:src|adapters|chunks|modules)\/.+\.(?:js|js\.map|d\.ts)|src\/gateway\/gateway\.schema\.json|adapters\/node\.js|package\.json|README\.md|LICENSE)$/
  expect(paths.filter((path) => !expected.test(path))).toEqual([])
  expect(paths).toEqual(
    expect.arrayContaining(['package/adapters/node.js', 'package/dist/src/index.js', 'package/LICENSE']),
  )
})

test('has a package.json that publint finds nothing in', async () => {
  const file = readFileSync(tarball)
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength)
  const { messages, pkg } = await publint({ pack: { tarball: bytes } })
  expect(messages.map((message) => formatMessage(message, pkg ?? {}, { color: false }))).toEqual([])
})

test('has types that every module resolution finds', () => {
  const program = join(PROJECT_FOLDER, 'node_modules/@arethetypeswrong/cli/dist/index.js')
  run(process.execPath, [program, tarball, '--profile', 'esm-only', '--no-definitely-typed'], folder)
})

test.each(NODE_DOORS)('%s gives the names of its sources', (entry, door) => {
  const names = findPublicNames(createSourceTree(readTexts('{src,adapters}/**/*.ts')), door)
  const values = names.filter((name) => !name.startsWith('type ')).map((name) => name.replace(/^\S+ ([^.]+).*/, '$1'))
  const script = `console.log(JSON.stringify(Object.keys(await import('${entry}'))))`
  const found = JSON.parse(run('node', ['--input-type=module', '--eval', script], consumer)) as string[]
  expect(found.sort()).toEqual([...new Set(values)].sort())
})

test('type-checks in a strict project, declarations included', () => {
  const source = `import { pipy, algo, Message } from 'sluice'
import * as node from 'sluice/node'
const pool = new algo.ResourcePool(() => 1)
export const used = [node, pool]
export default pipy({ target: '' as string | undefined })
  .listen(0)
  .demuxHTTP((p) => p.replaceMessage((message, $) => new Message({ status: 200 }, $.target ?? message.head.path)))
`
  const compilerOptions = {
    strict: true,
    module: 'NodeNext',
    target: 'ES2022',
    noEmit: true,
    exactOptionalPropertyTypes: true,
    types: ['node'],
    typeRoots: [join(PROJECT_FOLDER, 'node_modules/@types')],
  }
  writeFileSync(join(consumer, 'proxy.ts'), source)
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['proxy.ts'] }))
  run(process.execPath, [join(PROJECT_FOLDER, 'node_modules/typescript/bin/tsc'), '-p', consumer], consumer)
})

test('installs the command', () => {
  expect(run('npx', ['--no-install', 'sluice', '--version'], consumer).trim()).toBe(manifest.version)
})

test('makes a Worker a bundle that has only what it uses', () => {
  const source = `import { algo, Message, pipy } from 'sluice'
import { worker } from 'sluice/cloudflare'
const router = new algo.URLRouter({ '/*': 'http://127.0.0.1:8080' })
export default worker(pipy({ target: '' }).listen(80)
  .demuxHTTP((p) => p.handleMessageStart(({ head }, $) => { $.target = router.find('', head.path) })
    .replaceMessage((_, $) => new Message($.target))))
`
  writeFileSync(join(consumer, 'worker.ts'), source)
  // As a project has it that has wrangler, or asked for it.
  mkdirSync(join(consumer, 'node_modules'), { recursive: true })
  symlinkSync(join(PROJECT_FOLDER, 'node_modules/esbuild'), join(consumer, 'node_modules/esbuild'))
  const output = run(
    'npx',
    ['--no-install', 'sluice', 'bundle', 'worker.ts', '-o', 'out/worker.js', '--minify'],
    consumer,
  )
  expect(output).toBe('')
  const { sources } = JSON.parse(readFileSync(join(consumer, 'out/worker.js.map'), 'utf8')) as { sources: string[] }
  const ofSluice = sources.flatMap((path) => path.split('/node_modules/sluice/')[1] ?? [])
  expect(ofSluice).toEqual(expect.arrayContaining(['src/filters/demux-http.ts', 'src/algorithms/url-router.ts']))
  expect(ofSluice).not.toEqual(expect.arrayContaining(['src/filters/dump.ts']))
  expect(ofSluice).not.toEqual(expect.arrayContaining(['src/filters/fork.ts']))
  expect(ofSluice).not.toEqual(expect.arrayContaining(['src/algorithms/percentile.ts']))
})

/** Runs a program as the machine has it: without this repository's own Node, and without npm's settings for its scripts. */
function run(program: string, programArguments: readonly string[], cwd: string): string {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((part) => !part.includes('node_modules'))
  const ownEnvironment = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))
  const env = { ...Object.fromEntries(ownEnvironment), PATH: path.join(delimiter), CI: 'true' }
  try {
    return execFileSync(program, [...programArguments], {
      cwd,
      env,
      encoding: 'utf8',
      timeout: 120_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string }
    throw new Error(`Cannot run ${program} ${programArguments.join(' ')}:\n${stdout}\n${stderr}`, { cause: error })
  }
}
