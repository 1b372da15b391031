import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Upstream } from '../../end-to-end/support/upstream.ts'
import { startRawUpstream } from '../../end-to-end/support/raw-upstream.ts'
import type { RuntimeExecutable } from './runtime-executables.ts'
import { RuntimeProcess } from './runtime-process.ts'

const MODULE = `import { Message, pipy } from 'sluice'
const greeting: string = 'module'
export default pipy({ text: greeting })
  .listen('127.0.0.1:0')
  .serveHTTP((request, $) => new Message($.text + ' ' + request.head.path))
`
const SCRIPT = `pipy({ _text: 'script' })
.listen('127.0.0.1:0')
  .serveHTTP(msg => new Message(_text + ' ' + msg.head.path + ' ' + (pipy.load('note.txt')?.toString() ?? 'none')))
`

const proxyTo = (address: string): string => `import { pipy } from 'sluice'
export default pipy({})
  .listen('127.0.0.1:0').demuxHTTP('forward')
  .pipeline('forward').muxHTTP('connection')
  .pipeline('connection').connect('${address}')
`
const tunnelTo = (address: string): string => `import { pipy } from 'sluice'
export default pipy({}).listen('127.0.0.1:0').connect('${address}')
`

/** What the command of each runtime does beside serving: what it loads, says, refuses, and how it ends. */
export function commandCases(name: string, executable: RuntimeExecutable, main: string): void {
  const start = (commandArguments: readonly string[], files?: Readonly<Record<string, string>>): RuntimeProcess =>
    new RuntimeProcess(executable, main, commandArguments, files)
  const serve = (file: string, files: Readonly<Record<string, string>>): Promise<RuntimeProcess> =>
    start([file], files).written(/Listening on \S+:\d+\n/)
  const get = async (port: number, path = '/'): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}${path}`)).text()

  describe(name, { timeout: 60_000 }, () => {
    test('runs a TypeScript module', async () => {
      const command = await serve('proxy.ts', { 'proxy.ts': MODULE })
      expect(command.stdout).toMatch(/^Listening on 127\.0\.0\.1:\d+\n$/)
      expect(await get(command.port, '/a')).toBe('module /a')
    })

    test('runs a Pipy script, which reads files of its folder and no others', async () => {
      const files = { 'proxy.js': SCRIPT, 'note.txt': 'a note' }
      expect(await get((await serve('proxy.js', files)).port, '/b')).toBe('script /b a note')
      const outside = SCRIPT.replace('note.txt', '../../etc/hostname')
      expect(await get((await serve('./proxy.js', { 'proxy.js': outside })).port, '/b')).toBe('script /b none')
    })

    test('checks a proxy without opening a port', async () => {
      const command = start(['--check', 'proxy.ts'], { 'proxy.ts': MODULE })
      expect(await command.ended).toEqual({ code: 0, stdout: 'listen 127.0.0.1:0\n  serveHTTP\n', stderr: '' })
    })

    test('tells how it is used, and its version', async () => {
      const help = await start(['--help']).ended
      expect([help.code, help.stderr]).toEqual([0, ''])
      expect(help.stdout).toMatch(/^Usage: .*main\.ts \[options\] <file>\n/)
      const version = await start(['-v']).ended
      expect([version.code, version.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
    })

    test.each([
      [[], 'Cannot run without a proxy'],
      [['--unknown', 'proxy.ts'], "Unknown option '--unknown'"],
      [['--log-level', 'loud', 'proxy.ts'], 'Unknown log level "loud"'],
      [['--drain-timeout=soon', 'proxy.ts'], 'Cannot read drain timeout "soon"'],
      [['a.ts', 'b.ts'], 'Cannot run "b.ts" as well'],
    ])('refuses the arguments %j with exit code 2', async (commandArguments, message) => {
      const { code, stdout, stderr } = await start(commandArguments).ended
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(/^sluice: .*\nTry "sluice --help"\n$/)
      expect(stderr).toContain(message)
    })

    test.each([
      ['none.ts', '', /^sluice: Cannot read "none.ts": there is no such file\n$/],
      ['empty.ts', 'export const a = 1\n', /^sluice: Cannot use module empty.ts: it has no default export/],
      [
        'syntax.ts',
        'const a: number = 1\nconst b = = 2\n',
        /^sluice: Cannot parse module: .* at syntax.ts:2:11\n2 \| /,
      ],
      ['throws.ts', "\nthrow new Error('boom')\nexport {}\n", /boom at throws.ts:2:\d+\n2 \| throw new/],
      ['missing.ts', "import { a } from './nothing.ts'\nexport default a\n", /^sluice: Cannot load module.*nothing/],
      ['filter.ts', MODULE.replace('serveHTTP(', "link('nowhere').serveHTTP("), /"nowhere"/],
      ['syntax.js', 'pipy({})\n.listen(= 1)\n', /at syntax.js:2:9\n2 \| .listen\(= 1\)/],
      ['throws.js', 'pipy({})\n.listen(0)\n  .link(oh.no)\n', /at throws.js:3:9\n3 \| {3}.link\(oh.no\)/],
    ])('refuses %s with exit code 1 and says where', async (file, text, message) => {
      const { code, stdout, stderr } = await start([file], file === 'none.ts' ? {} : { [file]: text }).ended
      expect(stderr).toMatch(message)
      expect(stderr).not.toMatch(/^\s+at /m)
      expect([code, stdout]).toEqual([1, ''])
    })

    test('tells a port that is in use', async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => void server.close())
      const { port } = server.address() as AddressInfo
      const text = MODULE.replace('127.0.0.1:0', `127.0.0.1:${port}`)
      const { code, stderr } = await start(['proxy.ts'], { 'proxy.ts': text }).ended
      expect(stderr).toContain(`Cannot listen on "127.0.0.1:${port}": the port is in use`)
      expect(code).toBe(1)
    })

    test('logs what a callback of a script throws with its place, and goes on', async () => {
      const text = SCRIPT.replace('_text +', "(msg.head.path === '/bad' ? _text.x.y : '') +")
      const command = await serve('proxy.js', { 'proxy.js': text })
      expect((await fetch(`http://127.0.0.1:${command.port}/bad`)).status).toBe(500)
      await command.written(/error .* at \S*proxy\.js:3:\d+/)
      expect(await get(command.port, '/ok')).toContain(' /ok none')
    })

    test('goes on after an exception that nobody caught', async () => {
      const text = `${MODULE}\nsetTimeout(() => { throw new Error('astray') }, 1)\nvoid Promise.reject(new Error('lost'))\n`
      const command = await serve('proxy.ts', {
        'proxy.ts': text.replace('void Promise', 'setTimeout(() => void Promise').replace("'lost'))", "'lost')), 1)"),
      })
      await command.written(/astray/)
      await command.written(/lost/)
      expect(await get(command.port)).toBe('module /')
    })

    test('answers the request in flight after SIGTERM, and ends with 0', async () => {
      let answer: () => void = () => undefined
      const upstream = await Upstream.start('up', (_, response) => {
        answer = () => response.end('late')
      })
      const command = await serve('proxy.ts', { 'proxy.ts': proxyTo(upstream.address) })
      const late = fetch(`http://127.0.0.1:${command.port}/`)
      await upstream.received(1)
      command.signal('SIGTERM')
      await refused(command.port)
      expect(command.isRunning).toBe(true)
      answer()
      expect(await (await late).text()).toBe('late')
      expect(await command.ended).toMatchObject({ code: 0, stderr: '' })
    })

    test('ends at once on the second signal, with 128 and its number', async () => {
      const upstream = await Upstream.start('up', () => undefined)
      const command = await serve('proxy.ts', { 'proxy.ts': proxyTo(upstream.address) })
      const never = fetch(`http://127.0.0.1:${command.port}/`).catch((error: unknown) => error)
      await upstream.received(1)
      command.signal('SIGTERM')
      await refused(command.port)
      command.signal('SIGINT')
      expect((await command.ended).code).toBe(130)
      expect(await never).toBeInstanceOf(Error)
    })

    test('carries a half-closed connection through a tunnel', async () => {
      const address = await startRawUpstream((socket) => {
        let text = ''
        socket.setEncoding('utf8').on('data', (part: string) => (text += part))
        socket.on('end', () => socket.end(`all of ${text}`))
        socket.resume()
      })
      const command = await serve('proxy.ts', { 'proxy.ts': tunnelTo(address) })
      const client = connect({ port: command.port, host: '127.0.0.1', allowHalfOpen: true })
      client.end('the question')
      expect(await readAll(client)).toBe('all of the question')
    })

    test('cuts a connection whose peer was reset', async () => {
      const address = await startRawUpstream((socket) => {
        socket.write('half', () => socket.resetAndDestroy())
      })
      const command = await serve('proxy.ts', { 'proxy.ts': tunnelTo(address) })
      const client = connect({ port: command.port, host: '127.0.0.1' })
      await expect(readAll(client)).rejects.toMatchObject({ code: 'ECONNRESET' })
    })
  })
}

/** Waits until nobody listens on a port any more. */
async function refused(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (!isOpen) return
    await new Promise(setImmediate)
  }
}

async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
