/** The command with gateways' configurations, on each runtime that has one. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { HELP } from '../../adapters/node/command/parse-command-line.ts'
import { readExplainArguments } from '../../src/command/read-explain-arguments.ts'
import { UsageError } from '../../src/command/usage-error.ts'
import { createJsonSchema } from '../../src/gateway/create-json-schema.ts'
import { BUN, DENO } from '../adapters/in-runtime/runtime-executables.ts'
import { RuntimeProcess } from '../adapters/in-runtime/runtime-process.ts'
import { nodeExecutables } from '../end-to-end/support/node-executables.ts'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'
import { Upstream } from '../end-to-end/support/upstream.ts'
import { CommandProcess } from './command-process.ts'

vi.setConfig({ testTimeout: 60_000 })

/** A gateway in the three languages. */
const filesFor = (address: string): Readonly<Record<string, string>> => ({
  'sluice.config.ts': `import { defineGateway } from 'sluice/gateway'
    export default defineGateway({
      listen: '127.0.0.1:0',
      services: { web: '${address}' as string },
      routes: [{ name: 'web', path: '/web/*', service: 'web', rewrite: { stripPrefix: '/web' } }],
    })`,
  'sluice.config.json': JSON.stringify({
    $schema: './node_modules/sluice/src/gateway/gateway.schema.json',
    listen: '127.0.0.1:0',
    services: { web: address },
    routes: [{ name: 'web', path: '/web/*', service: 'web', rewrite: { stripPrefix: '/web' } }],
  }),
  'sluice.config.yaml': `# A comment
listen: 127.0.0.1:0
services: { web: "${address}" }
routes:
  - name: web
    path: /web/*
    service: web
    rewrite:
      stripPrefix: /web
`,
})

const runtimes = [
  ...nodeExecutables.map((node) => ({ runtime: `Node ${node.major}`, start: startOnNode(node) })),
  { runtime: 'Deno', start: startIn(DENO, 'adapters/deno/main.ts') },
  { runtime: 'Bun', start: startIn(BUN, 'adapters/bun/main.ts') },
]

interface Started {
  readonly port: number
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
  written(pattern: RegExp): Promise<unknown>
}

type Start = (given: readonly string[], files: Readonly<Record<string, string>>) => Started

function startOnNode(node: (typeof nodeExecutables)[number]): Start {
  return (given, files) => new CommandProcess(given, { node, files })
}

function startIn(executable: typeof DENO, main: string): Start {
  return (given, files) => new RuntimeProcess(executable, main, given, files)
}

describe.each(runtimes)('the command on $runtime', ({ start }) => {
  test.each(Object.keys(filesFor('')))('runs %s', async (file) => {
    const upstream = await Upstream.start('upstream')
    const files = filesFor(upstream.address)
    const command = start([file], files)
    await command.written(/Listening on \S+:\d+/)
    const ask = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${command.port}${path}`)).text()
    expect([await ask('/web/x?y'), await ask('/x')]).toEqual(['upstream GET /x?y', 'No route\n'])
  })

  test('checks a configuration without opening a port', async () => {
    const { code, stdout, stderr } = await start(['--check', 'sluice.config.yaml'], filesFor('127.0.0.1:8080')).ended
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('  1. "web" (/web/*)\n     -> service "web"\n     path loses /web at its front\n')
    expect(stdout).toContain('service "web"\n  targets 127.0.0.1:8080; round-robin\n')
  })

  test('explains a request by the configuration of its folder', async () => {
    const files = filesFor('127.0.0.1:8080')
    const explained = await start(['explain', 'GET', 'http://a/web/x?y'], files).ended
    expect(explained).toMatchObject({ code: 0, stderr: '' })
    expect(explained.stdout).toMatch(/^Route "web" \(\/web\/\*\) takes it: \* is "x"\n {2}service "web"\n/)
    expect(explained.stdout).toContain('  path /web/x?y becomes /x?y\n')
    const other = await start(['explain', 'http://a/', '-H', 'x-a: 1', 'sluice.config.yaml'], files).ended
    expect(other.stdout).toMatch(/^No route takes it: the default does\n {2}answer 404\n/)
  })

  test('says where in a file something is wrong', async () => {
    const yaml =
      'listen: 0\nservices:\n  web: [127.0.0.1:1]\nroutes:\n  - service: wep\n  - service: web\n    path: x\n'
    const { code, stderr } = await start(['--check', 'a.yaml'], { 'a.yaml': yaml }).ended
    expect(code).toBe(1)
    expect(stderr).toBe(
      'sluice: Cannot use the configuration: routes[1].path is "x": expected a path that begins with "/" at a.yaml:7:11\n',
    )
  })
})

test.each([
  [
    'routes of a JSON file',
    'a.json',
    '{\n\t"listen": 0,\n\t"default": { "servise": "web", "answer": {} }\n}\n',
    'sluice: Cannot use the configuration: default.servise is "web": there is no such field; did you mean "service"? at a.json:3:26\n',
  ],
  [
    'a key that stands twice',
    'a.json',
    '{\n  "listen": 1,\n  "listen": 2\n}',
    /Map keys must be unique at a\.json:3:3\n/,
  ],
  [
    'a comma too much',
    'a.json',
    '{\n  "listen": 1,\n}',
    /Cannot parse configuration: .+ at a\.json:3:1\n3 \| \}\n {2}\| \^\n$/,
  ],
  ['a JSON file that ends too early', 'a.json', '{\n  "listen": 1', /Cannot parse configuration: .+ at a\.json:2:14\n/],
  ['YAML in a JSON file', 'a.json', 'listen: 1\n', /Cannot parse configuration: .+ at a\.json:1:1\n/],
  [
    'an empty file',
    'a.yaml',
    '',
    'sluice: Cannot use the configuration: the configuration is null: expected an object at a.yaml:1:1\n',
  ],
  ['YAML that is none', 'a.yml', 'listen: 1\n  routes: 2\n', /Cannot parse configuration: .+ at a\.yml:1:9\n/],
  ['a tag that nobody knows', 'a.yaml', 'listen: !port 1\n', /Unresolved tag: !port at a\.yaml:1:9\n/],
  ['aliases that grow', 'a.yaml', bomb(), /Cannot parse configuration: Excessive alias count/],
  ['a missing field', 'a.yaml', 'default:\n  answer: {}\n', /listen is missing: .+ at a\.yaml:1:1\n$/],
  [
    'a module that exports something else',
    'a.ts',
    'export default { listen: 1 }\n',
    /its default export is object, expected what pipy\(\) or defineGateway\(\) returns/,
  ],
  [
    'a module with a mistake',
    'a.ts',
    `import { defineGateway } from 'sluice/gateway'\nexport default defineGateway({ listen: 1, routes: [{ service: 'web' }] })\n`,
    'sluice: Cannot use the configuration: routes[0].service is "web": there is no such service; there is none\n',
  ],
  ['a file that is not there', 'b.json', undefined, /Cannot read "b\.json"/],
])('the command refuses %s', async (_, file, text, message) => {
  const files = text === undefined ? {} : { [file]: text }
  const { code, stdout, stderr } = await CommandProcess.run(['--check', file], { files })
  expect([code, stdout]).toEqual([1, ''])
  if (typeof message === 'string') expect(stderr).toBe(message)
  else expect(stderr).toMatch(message)
})

function bomb(): string {
  const lines = Array.from(
    { length: 9 },
    (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 9 }, () => `*a${i}`).join(', ')}]`,
  )
  return ['a0: &a0 [x]', ...lines, ''].join('\n')
}

test('a configuration with a mark of byte order is read', async () => {
  const files = { 'a.json': '\uFEFF{ "listen": "127.0.0.1:0", "default": { "answer": {} } }' }
  expect(await CommandProcess.run(['--check', 'a.json'], { files })).toMatchObject({ code: 0, stderr: '' })
})

test('the command warns of routes that hide others when it runs them', async () => {
  const routes = ['a', 'b'].map((name) => ({ name, path: '/x', answer: {} }))
  const files = { 'a.json': JSON.stringify({ listen: '127.0.0.1:0', routes }) }
  const command = await CommandProcess.start(['a.json'], { files })
  await command.written(/warn Hardly meant: no request reaches "b" \(\/x\): "a" \(\/x\) comes first/)
})

test('"sluice schema" prints the JSON Schema', async () => {
  expect(await CommandProcess.run(['schema'])).toEqual({ code: 0, stdout: createJsonSchema(), stderr: '' })
  expect(createJsonSchema()).toBe(readFileSync(join(PROJECT_FOLDER, 'src/gateway/gateway.schema.json'), 'utf8'))
})

describe('"sluice explain"', () => {
  test('explains configurations only', async () => {
    const files = { 'proxy.js': "pipy().listen(0).serveHTTP(new Message('x'))\n" }
    const { code, stderr } = await CommandProcess.run(['explain', 'http://a/', 'proxy.js'], { files })
    expect([code, stderr]).toEqual([
      1,
      "sluice: Cannot explain proxy.js: it is a proxy, and only a gateway's configuration says what its routes are\n",
    ])
    const none = await CommandProcess.run(['explain', 'http://a/'])
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no sluice.config.ts') })
  })

  test.each([
    [
      ['GET', 'http://a/x', '-H', 'A: 1', '--header=b:2', '-H', 'a: 3'],
      { method: 'GET', headers: { a: '1, 3', b: '2' } },
    ],
    [['http://a/x', 'c.yaml'], { method: 'GET', file: 'c.yaml' }],
    [['M-SEARCH', 'https://a/', 'c.yaml'], { method: 'M-SEARCH', file: 'c.yaml' }],
    [['--help'], { isHelp: true }],
  ])('reads %j', (given, expected) => expect(readExplainArguments(given)).toMatchObject(expected))

  test.each([
    [[], 'Cannot explain nothing'],
    [['GET'], 'Cannot explain nothing'],
    [['get', 'http://a/'], 'Cannot read method "get": expected capitals, as GET'],
    [['GET', '/x'], 'Cannot read URL "/x": expected one such as http://example.com/path'],
    [['GET', 'ftp://a/x'], 'Cannot read URL "ftp://a/x"'],
    [['http://a/', '-H', 'x'], `Cannot read header "x": expected 'name: value'`],
    [['http://a/', '-H'], 'Cannot read header ""'],
    [['http://a/', 'a', 'b'], 'Cannot explain "b" as well'],
    [['http://a/', '--deep'], "Unknown option '--deep'"],
  ])('refuses %j', (given, message) => {
    expect(() => readExplainArguments(given)).toThrow(UsageError)
    expect(() => readExplainArguments(given)).toThrow(message)
  })

  test('stands in the help, as schema does', () => {
    for (const text of ['sluice explain', '--header <header>', 'sluice schema', 'defineGateway'])
      expect(HELP).toContain(text)
  })
})
