import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { nodeExecutables } from '../end-to-end/support/node-executables.ts'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'
import { CommandProcess } from './command-process.ts'

vi.setConfig({ testTimeout: 30_000 })

const SCRIPT = `
pipy({ _count: 0 })
.listen('127.0.0.1:0')
  .serveHTTP(() => new Message('from a script\\n'))
`

const TYPED = `
import { Configuration, Message, pipy } from 'sluice'
import { nodeTransport } from 'sluice/node'
import { answer } from './answer.ts'

interface Variables { readonly name: string }
const proxy = pipy<Variables>({ name: 'typed' })
  .listen('127.0.0.1:0')
  .serveHTTP((_, $) => new Message(answer($.name satisfies string)))
if (!(proxy instanceof Configuration) || nodeTransport.name !== 'node') throw new Error('another package')
export default proxy
`

const ANSWER = `export const answer = (name: string): string => \`from a \${name} module\\n\` as string\n`

const MODULE = `
import { Message, pipy } from 'sluice'
export default pipy().listen('127.0.0.1:0').serveHTTP(new Message('from a module\\n'))
`

describe.each(nodeExecutables)('on Node $major', (node) => {
  test.each([
    ['a Pipy script', 'proxy.js', { 'proxy.js': SCRIPT }, 'from a script\n'],
    [
      'a TypeScript module with an import',
      'proxy.ts',
      { 'proxy.ts': TYPED, 'answer.ts': ANSWER },
      'from a typed module\n',
    ],
    ['a JavaScript module', 'proxy.mjs', { 'proxy.mjs': MODULE }, 'from a module\n'],
    ['a module in a .js file that no package.json calls one', 'proxy.js', { 'proxy.js': MODULE }, 'from a module\n'],
    [
      'a module in a package of type commonjs',
      'proxy.js',
      { 'proxy.js': MODULE, 'package.json': '{ "type": "commonjs" }' },
      'from a module\n',
    ],
  ])('the command runs %s far from any package', async (_, script, files, text) => {
    const command = await CommandProcess.start([script], { node, files: files as Record<string, string> })
    expect(await command.get('/')).toEqual({ status: 200, text })
    command.signal('SIGTERM')
    expect(await command.ended).toEqual({ code: 0, stdout: `Listening on 127.0.0.1:${command.port}\n`, stderr: '' })
  })

  test('the command logs a callback that throws with its place in a script, and goes on', async () => {
    const proxy = `pipy({ _x: null })
.listen('127.0.0.1:0')
  .demuxHTTP('a')
.pipeline('a')
  .handleMessageStart(msg => msg.head.path === '/bad' && _x.y.z)
  .replaceMessage(new Message('fine'))
`
    const command = await CommandProcess.start(['proxy.js'], { node, files: { 'proxy.js': proxy } })
    expect((await command.get('/bad')).status).toBe(500)
    expect(await command.get('/good')).toEqual({ status: 200, text: 'fine' })
    command.signal('SIGTERM')
    const { stderr } = await command.ended
    expect(stderr).toMatch(
      /^\S+ error Cannot run the callback of handleMessageStart in pipeline "a": .*\/proxy\.js:5:\d+\n$/,
    )
  })

  test('the command logs a callback that throws with its place in a TypeScript module', async () => {
    const proxy = `import { Message, pipy } from 'sluice'
export default pipy({ x: null as { y: number } | null })
  .listen('127.0.0.1:0')
  .serveHTTP((request: Message, $): Message =>
    new Message(String($.x!.y)))
`
    const command = await CommandProcess.start(['proxy.ts'], { node, files: { 'proxy.ts': proxy } })
    expect((await command.get('/')).status).toBe(500)
    await command.written(/error/)
    command.signal('SIGTERM')
    expect((await command.ended).stderr).toMatch(/error Cannot run the callback of .*\/proxy\.ts:5:29\n$/)
  })

  test('the command prints the pipelines for --check and opens no port', async () => {
    const { code, stdout, stderr } = await CommandProcess.run(['--check', 'proxy.js'], {
      node,
      files: { 'proxy.js': SCRIPT },
    })
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'listen 127.0.0.1:0\n  serveHTTP\n', stderr: '' })
  })
})

test('a script reads the files of its folder and no others, the environment, and any file through os', async () => {
  const script = `
pipy({
  _own: pipy.load('data/name.txt').toString(),
  _alsoOwn: pipy.load('/data/name.txt').toString(),
  _absent: pipy.load('absent.txt'),
  _folder: pipy.load('data'),
  _outside: pipy.load('../' + os.env.SLUICE_TEST_OUTSIDE + '/x') ?? pipy.load('../../../../../../etc/hostname'),
  _system: os.readFile('/dev/null')?.size,
})
.listen('127.0.0.1:0')
  .serveHTTP(() => new Message(JSON.stringify([_own, _alsoOwn, _absent, _folder, _outside, _system, typeof os.env.PATH])))
`
  const command = await CommandProcess.start(['proxy.js'], { files: { 'proxy.js': script, 'data/name.txt': 'sluice' } })
  const { text } = await command.get('/')
  expect(JSON.parse(text)).toEqual(['sluice', 'sluice', null, null, null, 0, 'string'])
})

test('a script writes to standard output, and its errors and warnings to standard error', async () => {
  const script = `
pipy({ _greeting: (console.log('hello', { a: 1 }), console.warn('careful'), console.error('broken'), console.debug('detail')) })
.listen('127.0.0.1:0')
  .dummy()
`
  const files = { 'proxy.js': script }
  const command = await CommandProcess.start(['proxy.js'], { files })
  command.signal('SIGINT')
  const { stdout, stderr, code } = await command.ended
  expect(stdout).toMatch(/^hello \{"a":1\}\nListening on /)
  expect(stderr).toMatch(/^\S+ warn careful\n\S+ error broken\n$/)
  expect(code).toBe(0)
})

test('--log-level decides what is written', async () => {
  const script = `pipy({ _a: (console.log('out'), console.warn('careful'), console.debug('detail'), pipy.exit(3)) })\n`
  const run = (level: string): Promise<unknown> =>
    CommandProcess.run(['--log-level', level, 'proxy.js'], { files: { 'proxy.js': script } })
  expect(await run('silent')).toEqual({ code: 3, stdout: '', stderr: '' })
  expect(await run('error')).toEqual({ code: 3, stdout: '', stderr: '' })
  expect(await run('warn')).toMatchObject({ stdout: '', stderr: expect.stringMatching(/ warn careful\n$/) as string })
  expect(await run('debug')).toMatchObject({
    stdout: 'out\n',
    stderr: expect.stringMatching(/ debug detail\n$/) as string,
  })
})

test('a second signal ends the process at once', async () => {
  const script = `pipy().listen('127.0.0.1:0').serveHTTP(() => new Promise(() => undefined))\n`
  const command = await CommandProcess.start(['--drain-timeout', '1h', 'proxy.js'], { files: { 'proxy.js': script } })
  const answer = fetch(`http://127.0.0.1:${command.port}/`).catch((error: unknown) => error)
  // The script says nothing of the request; that it is under way shows when the first signal does not end the process.
  await fetch(`http://127.0.0.1:${command.port}/`, { signal: AbortSignal.timeout(300) }).catch(() => undefined)
  command.signal('SIGTERM')
  await new Promise((resolve) => setImmediate(resolve))
  expect(command.isRunning).toBe(true)
  command.signal('SIGINT')
  command.signal('SIGTERM')
  const { code } = await command.ended
  expect([130, 143]).toContain(code)
  expect(await answer).toBeInstanceOf(Error)
})

test('an exception that nobody caught is logged with its place, and the proxy goes on', async () => {
  const module = `
import { Message, pipy } from 'sluice'

process.once('SIGUSR2', () => { throw new Error('lost') })
export default pipy().listen('127.0.0.1:0').serveHTTP(new Message('on'))
`
  const command = await CommandProcess.start(['proxy.mjs'], { files: { 'proxy.mjs': module } })
  command.signal('SIGUSR2')
  await command.written(/lost/)
  expect((await command.get('/')).text).toBe('on')
  command.signal('SIGTERM')
  const { code, stderr } = await command.ended
  expect(stderr).toMatch(
    /^\S+ error Going on after an exception that nobody caught: Error: lost at .*proxy\.mjs:4:39\n$/,
  )
  expect(code).toBe(0)
})

test('a rejected promise that nobody waits for is logged and the proxy goes on', async () => {
  const module = `
import { Message, pipy } from 'sluice'
export default pipy().listen('127.0.0.1:0').serveHTTP(() => {
  void Promise.reject(new Error('forgotten'))
  return new Message('on')
})
`
  const command = await CommandProcess.start(['proxy.mjs'], { files: { 'proxy.mjs': module } })
  expect((await command.get('/')).text).toBe('on')
  await command.written(/forgotten/)
  expect((await command.get('/')).text).toBe('on')
  command.signal('SIGTERM')
  expect((await command.ended).code).toBe(0)
})

test('a proxy with only tasks runs until it is told to stop', async () => {
  const script = `pipy().task().handleMessageStart(() => console.log('task ran'))\n`
  const command = new CommandProcess(['proxy.js'], { files: { 'proxy.js': script } })
  await command.written(/task ran/)
  command.signal('SIGTERM')
  expect((await command.ended).code).toBe(0)
})

test('--version prints the version of the package and --help the options', async () => {
  const { version } = JSON.parse(readFileSync(join(PROJECT_FOLDER, 'package.json'), 'utf8')) as { version: string }
  expect(await CommandProcess.run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  expect((await CommandProcess.run(['--help'])).stdout).toMatch(/^Usage: sluice/)
})

describe('adapters/node.js', () => {
  const text = readFileSync(join(PROJECT_FOLDER, 'adapters', 'node.js'), 'utf8')

  test('says how to build what is not built', async () => {
    // A copy of its own, beside which there is no dist.
    const files = { 'adapters/node.js': text, 'package.json': '{ "type": "module" }' }
    const { code, stderr } = await CommandProcess.run([], { files, command: 'adapters/node.js' })
    expect(stderr).toMatch(/^sluice: Cannot run: Sluice is not built yet; run "npm ci", or "npm run build".*\n$/)
    expect(code).toBe(1)
  })

  test('says that Node is too old', async () => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.1' } })\n`
    const files = {
      'old.mjs': `${pretend}await import('./adapters/node.js')\n`,
      'adapters/node.js': text,
      'package.json': '{ "type": "module" }',
    }
    const { code, stderr } = await CommandProcess.run([], { files, command: 'old.mjs' })
    expect(stderr).toBe('sluice: Cannot run on Node 18.20.1: Sluice needs Node 20 or newer\n')
    expect(code).toBe(1)
  })
})
