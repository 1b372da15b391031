import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { parseBundleArguments } from '../../adapters/node/command/parse-bundle-arguments.ts'
import { HELP } from '../../adapters/node/command/parse-command-line.ts'
import { UsageError } from '../../src/command/usage-error.ts'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'
import { createFolder } from '../end-to-end/support/wrangler.ts'
import { CommandProcess } from './command-process.ts'

vi.setConfig({ testTimeout: 30_000 })

const WORKER = `import { Message, pipy } from 'sluice'
import { worker } from 'sluice/cloudflare'

export default worker(pipy().listen(80).serveHTTP(() => new Message('Hello')))
`

describe('parseBundleArguments', () => {
  test.each([
    [['a.ts', '-o', 'b.js'], { entry: 'a.ts', output: 'b.js', isMinified: false, keep: [], isHelp: false }],
    [['--output=b.js', '--minify', 'a.ts'], { output: 'b.js', isMinified: true }],
    [['a.ts', '-o', 'b.js', '--keep', 'dump,fork', '--keep', 'Cache'], { keep: ['dump', 'fork', 'Cache'] }],
    [['--help'], { isHelp: true }],
  ])('reads %j', (given, expected) => expect(parseBundleArguments(given)).toMatchObject(expected))

  test.each([
    [['-o', 'b.js'], 'Cannot bundle: expected a module'],
    [['a.ts'], 'Cannot bundle: expected -o and a file to write to'],
    [['a.ts', 'c.ts', '-o', 'b.js'], 'Cannot bundle "c.ts" as well'],
    [['a.ts', '-o', 'b.js', '--small'], "Unknown option '--small'"],
  ])('refuses %j', (given, message) => {
    expect(() => parseBundleArguments(given)).toThrow(UsageError)
    expect(() => parseBundleArguments(given)).toThrow(message)
  })

  test('HELP names its options', () => {
    for (const text of ['sluice bundle', '--keep <names>', '--minify']) expect(HELP).toContain(text)
  })
})

describe('sluice bundle', () => {
  test('writes one file and its map, without what the module does not use', async () => {
    const command = run(['worker.ts', '-o', 'out/worker.js'], { 'worker.ts': WORKER })
    expect(await command.ended).toEqual({ code: 0, stdout: '', stderr: '' })
    const code = readFileSync(join(command.folder, 'out/worker.js'), 'utf8')
    expect(code).toMatch(/\n\/\/# sourceMappingURL=worker\.js\.map\n$/)
    expect(code).not.toContain(command.folder)
    expect(code).toContain('class PipelineBuilder')
    const names = readSources(command)
    expect(names).toContain('../worker.ts')
    expect(names.some((name) => name.endsWith('src/filters/serve-http.ts'))).toBe(true)
    expect(names.filter((name) => /filters\/(?:dump|fork|mux-http)\.ts$/.test(name))).toEqual([])
  })

  test('minifies, and keeps what it is told to keep', async () => {
    const options = ['--minify', '--keep', 'dump']
    const command = run(['worker.ts', '-o', 'worker.js', ...options], { 'worker.ts': WORKER })
    expect(await command.ended).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(readFileSync(join(command.folder, 'worker.js'), 'utf8')).not.toContain('class PipelineBuilder')
    expect(readSources(command, 'worker.js').some((name) => name.endsWith('src/filters/dump.ts'))).toBe(true)
  })

  test('bundles what sluice compile made of a script', async () => {
    const script = 'pipy()\n.listen(8000)\n.serveHTTP(() => new Message("Hello"))\n'
    const compiled = new CommandProcess(['compile', 'proxy.js', '-o', 'worker.js'], { files: { 'proxy.js': script } })
    expect(await compiled.ended).toMatchObject({ code: 0 })
    const files = { 'worker.js': readFileSync(join(compiled.folder, 'worker.js'), 'utf8') }
    const command = run(['worker.js', '-o', 'out/worker.js'], files)
    expect(await command.ended).toEqual({ code: 0, stdout: '', stderr: '' })
    const names = readSources(command)
    expect(names.some((name) => name.endsWith('src/filters/serve-http.ts'))).toBe(true)
    expect(names.filter((name) => name.endsWith('src/filters/mux-http.ts'))).toEqual([])
  })

  test('leaves a file alone that would stay the same, for whoever watches it', async () => {
    const first = run(['worker.ts', '-o', 'worker.js'], { 'worker.ts': WORKER })
    await first.ended
    const file = join(first.folder, 'worker.js')
    const { ino } = statSync(file)
    const again = new CommandProcess(['bundle', join(first.folder, 'worker.ts'), '-o', file], { folder: first.folder })
    expect(await again.ended).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(statSync(file).ino).toBe(ino)
  })

  test.each([
    ['a file that is missing', ['none.ts', '-o', 'a.js'], 'Cannot read "none.ts": there is no such file'],
    [
      'a script',
      ['proxy.js', '-o', 'a.js'],
      'it is a Pipy script; make it a module first, with "sluice compile proxy.js',
    ],
    ['itself as the output', ['worker.ts', '-o', './worker.ts'], 'it is the module itself, which would be lost'],
    ['a folder', ['worker.ts', '-o', 'folder'], 'Cannot write to "folder": it is a folder'],
    ['a module that cannot be parsed', ['bad.ts', '-o', 'a.js'], 'sluice: Cannot bundle bad.ts: Expected identifier'],
    ['an import of nothing', ['lost.ts', '-o', 'a.js'], 'Could not resolve "./nowhere.ts" at lost.ts:1:8'],
    [
      'a filter that there is not',
      ['worker.ts', '-o', 'a.js', '--keep', 'dmup'],
      'Cannot keep "dmup": expected a filter',
    ],
  ])('says what is wrong with %s and ends with 1', async (_, given, message) => {
    const files = {
      'worker.ts': WORKER,
      'proxy.js': 'pipy().listen(1)',
      'bad.ts': 'const 1\n',
      'lost.ts': "import './nowhere.ts'\n",
      'folder/kept.txt': '',
    }
    const command = run(given, files)
    const { code, stdout, stderr } = await command.ended
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
    expect(readFileSync(join(command.folder, 'worker.ts'), 'utf8')).toBe(WORKER)
    expect(existsSync(join(command.folder, 'a.js'))).toBe(false)
  })

  test('says how to get esbuild where there is none', async () => {
    const given = ['bundle', 'worker.ts', '-o', 'worker.js']
    const { code, stderr } = await CommandProcess.run(given, { files: { 'worker.ts': WORKER } })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^sluice: Cannot bundle: there is no esbuild in .+; run "npm install --save-dev esbuild"\n$/)
  })

  test('ends with 2 for a wrong option, and prints its help', async () => {
    expect(await CommandProcess.run(['bundle', '--check', 'a.ts'])).toMatchObject({ code: 2 })
    expect(await CommandProcess.run(['bundle', '--help'])).toEqual({ code: 0, stdout: HELP, stderr: '' })
  })
})

/** Runs it in a project that has Sluice, and esbuild, as one with wrangler has. */
function run(given: readonly string[], files: Readonly<Record<string, string>>): CommandProcess {
  const folder = createFolder()
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(PROJECT_FOLDER, join(folder, 'node_modules/sluice'))
  symlinkSync(join(PROJECT_FOLDER, 'node_modules/esbuild'), join(folder, 'node_modules/esbuild'))
  return new CommandProcess(['bundle', ...given], { folder, files })
}

function readSources({ folder }: CommandProcess, file = 'out/worker.js'): string[] {
  return (JSON.parse(readFileSync(join(folder, `${file}.map`), 'utf8')) as { readonly sources: string[] }).sources
}
