/** The command with gateways' configurations, on each runtime that has one. */
import { readFileSync, writeFileSync } from 'node:fs'
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
import { DnsServer } from '../support/dns-server.ts'
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

const VARIABLES = { TEST_COOKIE_SECRET: 'a secret of 24 letters..', TEST_KEY: 'Bearer key-of-the-upstream' }

/** A gateway that names variables, in the three languages. */
function filesWithSecret(address: string): Readonly<Record<string, string>> {
  const configuration = {
    listen: '127.0.0.1:0',
    services: { web: { targets: [address], sticky: { by: 'cookie', secrets: [{ env: 'TEST_COOKIE_SECRET' }] } } },
    default: { service: 'web', requestHeaders: { set: { authorization: { env: 'TEST_KEY' } } } },
  }
  return {
    'sluice.config.ts': `import { defineGateway } from 'sluice/gateway'
      export default defineGateway(${JSON.stringify(configuration)})`,
    'sluice.config.json': JSON.stringify(configuration),
    'sluice.config.yaml': `listen: 127.0.0.1:0
services:
  web:
    targets: ["${address}"]
    sticky: { by: cookie, secrets: [{ env: TEST_COOKIE_SECRET }] }
default:
  requestHeaders: { set: { authorization: { env: TEST_KEY } } }
  service: web
`,
  }
}

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

type Texts = Readonly<Record<string, string>>
type Start = (given: readonly string[], files: Texts, environment?: Texts) => Started

function startOnNode(node: (typeof nodeExecutables)[number]): Start {
  return (given, files, environment = {}) => new CommandProcess(given, { node, files, environment })
}

function startIn(executable: typeof DENO, main: string): Start {
  return (given, files, environment) => new RuntimeProcess(executable, main, given, files, environment)
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

  test.each(Object.keys(filesWithSecret('')))('reads the variables that %s names', async (file) => {
    const upstream = await Upstream.start('upstream', ({ headers }, response) => response.end(headers.authorization))
    const files = filesWithSecret(upstream.address)
    const command = start([file], files, VARIABLES)
    await command.written(/Listening on \S+:\d+/)
    const answer = await fetch(`http://127.0.0.1:${command.port}/`)
    expect([await answer.text(), answer.headers.has('set-cookie')]).toEqual([VARIABLES.TEST_KEY, true])
  })

  test('says which variable is missing or too short, where it is named, and not what it holds', async () => {
    const given = ['--check', 'sluice.config.yaml']
    const files = filesWithSecret('127.0.0.1:8080')
    const run = await start(given, files, { TEST_COOKIE_SECRET: 'short-value' }).ended
    expect(run).toEqual({
      code: 1,
      stdout: '',
      stderr: `sluice: Cannot use the configuration:
  services.web.sticky.secrets[0] is {"env":"TEST_COOKIE_SECRET"}: the variable TEST_COOKIE_SECRET is too short, expected 16 characters or more at sluice.config.yaml:5:37
  default.requestHeaders.set.authorization is {"env":"TEST_KEY"}: the environment has no variable TEST_KEY at sluice.config.yaml:7:28
`,
    })
    const checked = await start(given, files, VARIABLES).ended
    expect(checked).toMatchObject({ code: 0, stderr: '' })
    expect(checked.stdout).toContain('request gets authorization: $TEST_KEY\n')
    for (const value of Object.values(VARIABLES)) expect(checked.stdout).not.toContain(value)
    const module = await start(['--check', 'sluice.config.ts'], files, { TEST_KEY: 'x' }).ended
    expect(module.stderr).toBe(
      'sluice: Cannot use the configuration: services.web.sticky.secrets[0] is {"env":"TEST_COOKIE_SECRET"}: the environment has no variable TEST_COOKIE_SECRET in sluice.config.ts\n',
    )
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
    'sluice: Cannot use the configuration: routes[0].service is "web": there is no such service; there is none in a.ts\n',
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

describe('a service with discover', () => {
  const files = (address: string): Readonly<Record<string, string>> => {
    const configuration = {
      listen: '127.0.0.1:0',
      services: { web: { discover: { file: 'found/targets.yaml', settleMs: 5 } } },
      default: { service: 'web' },
    }
    return {
      'configurations/sluice.config.ts': `import { defineGateway } from 'sluice/gateway'
        export default defineGateway(${JSON.stringify(configuration)})`,
      'configurations/sluice.config.json': JSON.stringify(configuration),
      'configurations/sluice.config.yaml': JSON.stringify(configuration),
      'configurations/found/targets.yaml': `- ${address}\n`,
    }
  }

  test.each(['ts', 'json', 'yaml'])(
    'has the targets of a file beside sluice.config.%s, while it runs, and lets the process end',
    async (extension) => {
      const [one, two] = [await Upstream.start('one'), await Upstream.start('two')]
      const file = `configurations/sluice.config.${extension}`
      const command = await CommandProcess.start([file], { files: files(one.address) })
      expect((await command.get('/')).text).toBe('one GET /')
      writeFileSync(join(command.folder, 'configurations/found/targets.yaml'), `- ${two.address}\n`)
      await vi.waitFor(async () => expect((await command.get('/')).text).toBe('two GET /'), { timeout: 10_000 })
      command.signal('SIGTERM')
      expect(await command.ended).toMatchObject({ code: 0, stderr: '' })
    },
  )

  test('has them in each of several workers', async () => {
    const upstream = await Upstream.start('one')
    const given = ['--workers', '2', 'configurations/sluice.config.json']
    const command = await CommandProcess.start(given, { files: files(upstream.address) })
    const texts = await Promise.all(Array.from({ length: 8 }, () => command.get('/')))
    expect(new Set(texts.map(({ text }) => text))).toEqual(new Set(['one GET /']))
  })

  test('is checked without asking anybody', async () => {
    const dns = await DnsServer.start()
    const discover = { dns: 'web.internal:8080', servers: [dns.address] }
    const configuration = { listen: 0, services: { web: { discover } }, default: { service: 'web' } }
    const checked = await CommandProcess.run(['--check', 'a.json'], {
      files: { 'a.json': JSON.stringify(configuration) },
    })
    expect(checked).toMatchObject({ code: 0, stderr: '' })
    expect(checked.stdout).toContain(`targets from DNS A of "web.internal", port 8080, asked of ${dns.address}; `)
    expect(dns.questions).toEqual([])
  })

  test.each([
    ['Deno', DENO, 'adapters/deno/main.ts', 'deno'],
    ['Bun', BUN, 'adapters/bun/main.ts', 'bun'],
  ] as const)('is refused on %s, which has no sources', async (_, executable, main, name) => {
    const given = ['--check', 'configurations/sluice.config.json']
    const { code, stderr } = await new RuntimeProcess(executable, main, given, files('127.0.0.1:1')).ended
    expect(code).toBe(1)
    expect(stderr).toContain('Cannot find targets of service "web" from file ')
    expect(stderr).toContain(` on ${name}, which has no sources of targets: give it targets in place of discover`)
  })
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
