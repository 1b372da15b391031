import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { currentNode, nodeExecutables } from '../end-to-end/support/node-executables.ts'
import { CommandProcess } from './command-process.ts'

vi.setConfig({ testTimeout: 30_000 })

interface BadInput {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly script: string
  /** What standard error says, in full. */
  readonly says: string | RegExp
}

const PIPELINES = `.pipeline('a').dummy().pipeline('b').dummy()`

const BAD_INPUTS: readonly BadInput[] = [
  {
    name: 'a file that does not exist',
    files: {},
    script: 'absent.js',
    says: 'sluice: Cannot read "absent.js": there is no such file\n',
  },
  {
    name: 'a folder',
    files: { 'folder/proxy.js': '' },
    script: 'folder',
    says: 'sluice: Cannot read "folder": it is a folder; name a file in it\n',
  },
  {
    name: 'a syntax error in a script',
    files: { 'proxy.js': 'pipy({\n  _x: 1\n  _y: 2\n})\n' },
    script: 'proxy.js',
    says: 'sluice: Cannot parse script: unexpected token at proxy.js:3:3\n3 |   _y: 2\n  |   ^\n',
  },
  {
    name: 'a syntax error in a JavaScript module',
    files: { 'proxy.mjs': 'import { pipy } from "sluice"\nexport default pipy(\n' },
    script: 'proxy.mjs',
    says: /^sluice: Cannot parse module: unexpected token at proxy\.mjs:3:1\n3 \| \n {2}\| \^\n$/,
  },
  {
    name: 'a syntax error in a module that a module imports',
    files: { 'proxy.mjs': 'import "./lib/part.mjs"\nexport default 1\n', 'lib/part.mjs': 'let a\nlet a\n' },
    script: 'proxy.mjs',
    says: `sluice: Cannot parse module: identifier 'a' has already been declared at lib/part.mjs:2:5\n2 | let a\n  |     ^\n`,
  },
  {
    name: 'a syntax error in a TypeScript module',
    files: { 'proxy.ts': 'const a: = 1\nexport default a\n' },
    script: 'proxy.ts',
    says: /^sluice: Cannot parse module: Unexpected token `=`.* at proxy\.ts:1:10\n1 \| const a: = 1\n {2}\| {10}\^\n$/,
  },
  {
    name: 'TypeScript that is more than types',
    files: { 'proxy.ts': 'enum A { B }\nexport default A.B\n' },
    script: 'proxy.ts',
    says: /^sluice: Cannot parse module: TypeScript enum is not supported.* at proxy\.ts:1:1\n/,
  },
  {
    name: 'an import of a name that does not exist',
    files: { 'proxy.mjs': 'import { pipi } from "sluice"\nexport default pipi()\n' },
    script: 'proxy.mjs',
    says: /^sluice: Cannot load module proxy\.mjs: .*does not provide an export named 'pipi' at proxy\.mjs:1:10\n/,
  },
  {
    name: 'an import of a package that is not installed',
    files: { 'proxy.mjs': 'import "no-such-package"\nexport default 1\n' },
    script: 'proxy.mjs',
    says: /^sluice: Cannot load module proxy\.mjs: Cannot find package 'no-such-package' imported from proxy\.mjs\n$/,
  },
  {
    name: 'a module that throws while it loads',
    files: { 'proxy.mjs': 'export default 1\n\n  throw new Error("no configuration")\n' },
    script: 'proxy.mjs',
    says: 'sluice: Cannot load module proxy.mjs: no configuration at proxy.mjs:3:9\n3 |   throw new Error("no configuration")\n  |         ^\n',
  },
  {
    name: 'a module without a default export',
    files: { 'proxy.mjs': 'export const a = 1\n' },
    script: 'proxy.mjs',
    says: 'sluice: Cannot use module proxy.mjs: it has no default export, expected "export default pipy(…)…"\n',
  },
  {
    name: 'a module whose default export is no proxy',
    files: { 'proxy.mjs': 'export default () => 1\n' },
    script: 'proxy.mjs',
    says: 'sluice: Cannot use module proxy.mjs: its default export is function, expected what pipy() returns\n',
  },
  {
    name: 'a script that does not return a proxy',
    files: { 'proxy.js': '({ a: 1 })\n' },
    script: 'proxy.js',
    says: 'sluice: Cannot use script proxy.js: it gave object, expected what pipy() returns\n',
  },
  {
    name: 'a script that throws while it loads',
    files: { 'proxy.js': 'pipy({\n  _a: JSON.decode(pipy.load("absent.json")).port,\n})\n' },
    script: 'proxy.js',
    says: /^sluice: Cannot load script: Cannot read properties of undefined \(reading 'port'\) at proxy\.js:2:\d+\n2 \| {3}_a: /,
  },
  {
    name: 'a script with nothing to do',
    files: { 'proxy.js': 'pipy()\n' },
    script: 'proxy.js',
    says: 'sluice: Cannot run the proxy: it has nothing to do; begin a pipeline with listen or task\n',
  },
  {
    name: 'a pipeline that does not exist',
    files: { 'proxy.js': `pipy().listen('127.0.0.1:0').demuxHTTP('c')${PIPELINES}\n` },
    script: 'proxy.js',
    says: /^sluice: Cannot find pipeline "c" that demuxHTTP in listen 127\.0\.0\.1:0 leads to: there are "a", "b"\n$/,
  },
  {
    name: 'a filter that does not exist',
    files: { 'proxy.js': `pipy()\n  .listen('127.0.0.1:0')\n  .demuxHTPP('a')${PIPELINES}\n` },
    script: 'proxy.js',
    says: /^sluice: Cannot call filter "demuxHTPP": unknown filter; did you mean "demuxHTTP"\? at proxy\.js:3:4\n/,
  },
  {
    name: 'an option that does not exist',
    files: { 'proxy.js': `pipy()\n  .listen('127.0.0.1:0')\n  .connect('127.0.0.1:1', { retries: 1 })\n` },
    script: 'proxy.js',
    says: /^sluice: Cannot configure connect: .*"retries".* at proxy\.js:3:4\n/,
  },
  {
    name: 'an argument of the wrong type',
    files: { 'proxy.js': `pipy()\n  .listen('127.0.0.1:0')\n  .handleMessageStart(1)\n` },
    script: 'proxy.js',
    says: /^sluice: Cannot configure handleMessageStart: argument #1 expects .* got number 1 at proxy\.js:3:4\n/,
  },
  {
    name: 'an argument of the wrong type in a module',
    files: { 'proxy.ts': `import { pipy } from 'sluice'\nexport default pipy().listen(99_999)\n` },
    script: 'proxy.ts',
    says: /^sluice: Cannot read address "99999".* at proxy\.ts:2:23\n2 \| export default pipy/,
  },
]

/** Scripts are read by our own code, modules by Node's: those are tried on every Node. */
const MODULES = BAD_INPUTS.filter(({ script }) => /\.(?:mjs|ts)$/.test(script))

describe.each(nodeExecutables)('on Node $major', (node) => {
  test.each(node === currentNode ? BAD_INPUTS : MODULES)(
    'the command refuses $name',
    async ({ files, script, says }) => {
      const { code, stdout, stderr } = await CommandProcess.run([script], { node, files })
      expect(stderr).toMatch(says)
      if (typeof says === 'string') expect(stderr).toBe(says)
      expect(stderr).not.toMatch(/^\s+at /m)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    },
  )
})

test('the command refuses a wrong option with exit code 2 and says where help is', async () => {
  const { code, stderr } = await CommandProcess.run(['--lod-level', 'info'])
  expect(stderr).toBe(`sluice: Unknown option '--lod-level'\nTry "sluice --help"\n`)
  expect(code).toBe(2)
})

test('the command refuses a port that is in use', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const files = { 'proxy.js': `pipy().listen('127.0.0.1:${port}').dummy()\n` }
  const { code, stdout, stderr } = await CommandProcess.run(['proxy.js'], { files })
  server.close()
  expect(stderr).toMatch(new RegExp(`^sluice: Cannot listen on "127\\.0\\.0\\.1:${port}": the port is in use.*\n$`))
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
})
