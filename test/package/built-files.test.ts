/** The JavaScript in dist/: several modules in each file, which must not be told from the modules themselves. */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import { expect, onTestFinished, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { createSourceTree, PROJECT_FOLDER, resolveImport } from '../architecture/source-tree.ts'
import { nodeExecutables } from '../end-to-end/support/node-executables.ts'

const all = globSync('dist/**/*.js', { cwd: PROJECT_FOLDER }).map((path) => path.replaceAll('\\', '/'))
/** What bundlers for workers of the edge take instead, and nobody beside it. */
const isModule = (path: string): boolean => path.startsWith('dist/modules/')
const paths = all.filter((path) => !isModule(path))
const tree = createSourceTree(all.map((path) => [path, readFileSync(join(PROJECT_FOLDER, path), 'utf8')]))

interface SourceMap {
  readonly version: 3
  readonly names: string[]
  readonly mappings: string
  readonly sources: string[]
  readonly sourcesContent: string[]
}

function readMap(path: string): SourceMap | undefined {
  const file = join(PROJECT_FOLDER, `${path}.map`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SourceMap) : undefined
}

/** What a file imports, and what those do: paths of dist/, and names of packages. */
function reachedFrom(door: string): Set<string> {
  const reached = new Set([door])
  for (const path of reached) {
    for (const { specifier } of tree.get(path)?.imports ?? []) reached.add(resolveImport(path, specifier) ?? specifier)
  }
  return reached
}

test('each module of dist/modules is one module, and reaches no other part of dist', () => {
  const modules = all.filter(isModule)
  const names = modules.filter((path) => !path.includes('/_virtual/'))
  for (const path of names) {
    const sources = (readMap(path)?.sources ?? []).map((source) => posix.join(posix.dirname(path), source))
    expect(sources).toEqual(sources.length === 0 ? [] : [path.replace('dist/modules/', '').replace(/js$/, 'ts')])
  }
  expect(names).toEqual(expect.arrayContaining(['dist/modules/src/filters/dump.js', 'dist/modules/src/left-out.js']))
  const reached = modules.flatMap((path) => [...reachedFrom(path)]).filter((name) => name.startsWith('dist/'))
  expect(reached.filter((name) => !isModule(name))).toEqual([])
})

test('package.json leads workers of the edge to the modules of what it leads others to', () => {
  const doors = Object.entries<string | Readonly<Record<string, string>>>(manifest.exports)
  const edge = doors.flatMap(([door, files]) =>
    typeof files === 'object' && 'workerd' in files ? [[door, files] as const] : [],
  )
  expect(edge.map(([door]) => door)).toEqual(expect.arrayContaining(['.', './cloudflare', './compiled-script']))
  for (const [, files] of edge) {
    const file = `./dist/modules/${files['default']?.slice('./dist/'.length)}`
    expect([files['workerd'], files['worker']]).toEqual([file, file])
    expect(all).toContain(file.slice('./'.length))
  }
})

test('each module is in one file: nobody meets two copies of a class', () => {
  const files = new Map<string, string[]>()
  for (const path of paths) {
    for (const source of readMap(path)?.sources ?? []) {
      const module = posix.join(posix.dirname(path), source)
      files.set(module, [...(files.get(module) ?? []), path])
    }
  }
  expect([...files.keys()]).toEqual(expect.arrayContaining(['src/errors.ts', 'adapters/cloudflare/transport.ts']))
  expect([...files].filter(([, places]) => places.length > 1)).toEqual([])
})

test.each(nodeExecutables)('the doors of the package share their classes, on Node $major', ({ file }) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-built-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'proxy.ts'), `import { pipy } from 'sluice'\nexport default pipy({}).listen(0).dummy()\n`)
  const script = `
    import { Configuration, ProxyError } from 'sluice'
    import { loadProxy } from 'sluice/node'
    import { rewriteScript } from 'sluice/script'
    const folder = ${JSON.stringify(folder)}
    const thrown = (error) => error instanceof ProxyError && error.code
    const found = [await loadProxy(folder + '/absent.js').catch(thrown)]
    try { rewriteScript('pipy(', { file: 'proxy.js' }) } catch (error) { found.push(thrown(error)) }
    found.push((await loadProxy(folder + '/proxy.ts')).proxy instanceof Configuration)
    console.log(JSON.stringify(found))
  `
  const output = execFileSync(file, ['--input-type=module', '--eval', script], {
    cwd: PROJECT_FOLDER,
    encoding: 'utf8',
  })
  expect(JSON.parse(output)).toEqual(['FILE_NOT_FOUND', 'SCRIPT_SYNTAX', true])
})

test.each(['dist/src/index.js', 'dist/src/script/index.js', 'dist/adapters/cloudflare/index.js'])(
  '%s needs nothing of Node',
  (door) => {
    const reached = [...reachedFrom(door)]
    expect(reached).toContain('dist/chunks/core.js')
    expect(reached.filter((name) => name.startsWith('node:') || name.startsWith('dist/adapters/node/'))).toEqual([])
  },
)

test('source maps lead from the text of an error to the same text', () => {
  let count = 0
  for (const path of paths) {
    const map = readMap(path)
    if (map === undefined) continue
    const traced = new TraceMap(map)
    for (const [index, line] of (tree.get(path)?.text ?? '').split('\n').entries()) {
      const column = line.indexOf('new ProxyError(')
      if (column === -1) continue
      const original = originalPositionFor(traced, { line: index + 1, column })
      const source =
        map.sourcesContent[map.sources.indexOf(original.source ?? '')]?.split('\n')[(original.line ?? 0) - 1]
      expect(source?.slice(original.column ?? 0), `${path}:${index + 1}`).toMatch(/^new ProxyError\(/)
      count += 1
    }
  }
  expect(count).toBeGreaterThan(50)
})
