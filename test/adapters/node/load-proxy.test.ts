import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished, expect, test, vi } from 'vitest'
import { loadProxy } from '../../../adapters/node/loader/load-proxy.ts'
import { locateInModules } from '../../../adapters/node/loader/locate-in-modules.ts'
import { readCodebaseFile, readSystemFile } from '../../../adapters/node/loader/script-files.ts'
import { NodeLog } from '../../../adapters/node/node-log.ts'
import { ProxyError } from '../../../src/errors.ts'

function createFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-load-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes)

test('loadProxy gives the proxy of a Pipy script, with what its console writes and its exit', async () => {
  const folder = createFolder({
    'proxy.js': `pipy({ _a: (console.log('loading', 1), pipy.exit(7), pipy.load('name').toString()) }).listen(8000).dummy()`,
    name: 'x',
  })
  const lines: string[] = []
  const exit = vi.fn()
  const log = new NodeLog({ stdout: { write: (line) => lines.push(line) } })
  const { proxy } = await loadProxy(join(folder, 'proxy.js'), { log, exit })
  expect(proxy.listeners).toMatchObject([{ host: '', port: 8000 }])
  expect(proxy.variables).toEqual({ _a: 'x' })
  expect(lines).toEqual(['loading 1\n'])
  expect(exit).toHaveBeenCalledExactlyOnceWith(7)
})

test('loadProxy gives what locates an error in the script', async () => {
  const file = join(
    createFolder({ 'proxy.js': `pipy({\n  _f: () =>\n    [].absent.x\n}).listen(8000).dummy()` }),
    'proxy.js',
  )
  const { proxy, locate } = await loadProxy(file)
  let thrown: unknown
  try {
    ;(proxy.variables as { readonly _f: () => unknown })._f()
  } catch (error) {
    thrown = error
  }
  expect(locate(new ProxyError('CALLBACK_FAILED', 'Cannot run', { cause: thrown }))).toEqual({
    file,
    line: 3,
    column: 15,
  })
  expect(locate(new Error('elsewhere'))).toBeUndefined()
})

test.each([
  ['absent.js', 'FILE_NOT_FOUND', 'there is no such file'],
  ['name/proxy.js', 'FILE_NOT_FOUND', 'there is no such file'],
  ['folder', 'FILE_NOT_FOUND', 'it is a folder'],
])('loadProxy refuses %s with %s', async (path, code, state) => {
  const folder = createFolder({ name: 'x', 'folder/file': 'x' })
  const loading = loadProxy(join(folder, path))
  await expect(loading).rejects.toMatchObject({ code, message: expect.stringContaining(state) as string })
})

test('readCodebaseFile reads below its folder, also by a path from the root, and nothing above', () => {
  const folder = createFolder({
    'inside/a.txt': 'a',
    'inside/deep/b.txt': 'b',
    'secret.txt': 'secret',
    'inside-too/c.txt': 'c',
  })
  const inside = join(folder, 'inside')
  expect(text(readCodebaseFile(inside, 'a.txt'))).toBe('a')
  expect(text(readCodebaseFile(inside, '/deep/b.txt'))).toBe('b')
  expect(text(readCodebaseFile(inside, 'deep/../a.txt'))).toBe('a')
  expect(text(readCodebaseFile(inside, '..a.txt'))).toBeUndefined()
  for (const path of [
    '../secret.txt',
    '/../secret.txt',
    'deep/../../secret.txt',
    '../inside-too/c.txt',
    join(folder, 'secret.txt'),
    '..',
  ]) {
    expect(readCodebaseFile(inside, path)).toBeUndefined()
  }
})

test('readSystemFile gives undefined for what is not there and no file', () => {
  const folder = createFolder({ file: 'x' })
  expect(text(readSystemFile(join(folder, 'file')))).toBe('x')
  expect(readSystemFile(join(folder, 'absent'))).toBeUndefined()
  expect(readSystemFile(folder)).toBeUndefined()
  expect(readSystemFile(`${folder}/file\0`)).toBeUndefined()
})

test.skipIf(process.getuid?.() === 0)('readSystemFile says that a file cannot be read', () => {
  const folder = createFolder({ file: 'x' })
  chmodSync(join(folder, 'file'), 0)
  expect(() => readSystemFile(join(folder, 'file'))).toThrow(/EACCES/)
})

test('readSystemFile throws what is neither a file nor absent', () => {
  const name = 'x'.repeat(300)
  expect(() => readSystemFile(`/${name}`)).toThrow(/Cannot read file "\/x+": ENAMETOOLONG/)
})

test('locateInModules finds the first frame that is neither of Node nor of a package', () => {
  const error = new Error('x')
  error.stack = `Error: x
    at node:internal/modules/esm/utils:346:16
    at Object.find (/srv/node_modules/package/index.js:1:2)
    at async load (file:///srv/my%20proxy/a%20(b).ts:12:34)
    at file:///srv/other.ts:1:1`
  expect(locateInModules(error)).toEqual({ file: '/srv/my proxy/a (b).ts', line: 12, column: 34 })
  expect(locateInModules(new ProxyError('CALLBACK_FAILED', 'Cannot run', { cause: error }))).toMatchObject({ line: 12 })
})

test('locateInModules reads the mark that Node puts above a message', () => {
  const error = new SyntaxError('x')
  error.stack = `file:///srv/proxy.mjs:7\nimport { a } from 'b'\n         ^\nSyntaxError: x\n    at node:internal/a:1:2`
  expect(locateInModules(error)).toEqual({ file: '/srv/proxy.mjs', line: 7, column: 10 })
})

test('locateInModules takes the location that an error has, and gives undefined where there is none', () => {
  const location = { file: '/srv/proxy.js', line: 1, column: 2 }
  expect(locateInModules(new ProxyError('SCRIPT_FAILED', 'Cannot', { location }))).toBe(location)
  const error = new Error('x')
  error.stack = 'Error: x\n    at node:internal/a:1:2'
  expect(locateInModules(error)).toBeUndefined()
  expect(locateInModules('text')).toBeUndefined()
})
