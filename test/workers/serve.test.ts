import { availableParallelism } from 'node:os'
import { describe, expect, test, vi } from 'vitest'
import { HttpClient } from '../end-to-end/support/http-client.ts'
import { nodeExecutables } from '../end-to-end/support/node-executables.ts'
import { ProxyProcess } from '../end-to-end/support/proxy-process.ts'
import { createScriptFolder } from '../end-to-end/support/script-folder.ts'
import { NUMBER_SCRIPT, readWorkerPids } from './support/worker-script.ts'

vi.setConfig({ testTimeout: 30_000 })

/** Enough connections that each of two workers gets some, unless one of them gets none at all. */
const MANY_CONNECTIONS = 200

/** Asks over one connection after the other until every worker has answered. @returns the answers */
async function askUntil(port: number, count: number): Promise<Set<string>> {
  const answers = new Set<string>()
  for (let i = 0; i < MANY_CONNECTIONS && answers.size < count; i++) {
    const client = await HttpClient.connect(port)
    answers.add((await client.get('/')).body)
    client.socket.destroy()
  }
  return answers
}

describe.each(nodeExecutables)('on Node $major', (node) => {
  test('two workers serve on one port, which the system chose', async () => {
    const folder = createScriptFolder({ 'proxy.js': NUMBER_SCRIPT })
    const proxy = await ProxyProcess.start(['--workers', '2', 'proxy.js'], { folder, node })
    expect(await askUntil(proxy.port, 2)).toEqual(new Set(['1', '2']))
    expect(proxy.ports).toHaveLength(1)
    await proxy.written(/Running 2 workers, of pid \d+, \d+\n/)
    proxy.signal('SIGTERM')
    expect(await proxy.ended).toEqual({ code: 0, signal: null })
  })

  test('a server of a module’s own is shared among the workers too', async () => {
    const module = `import { createServer } from 'node:http'
import { Message, pipy } from 'sluice'
const server = createServer((_, response) => response.end(process.env.SLUICE_WORKER))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
export default pipy().listen('127.0.0.1:0').serveHTTP(() => new Message(String(server.address().port)))
`
    const folder = createScriptFolder({ 'proxy.mjs': module })
    const proxy = await ProxyProcess.start(['--workers', '2', 'proxy.mjs'], { folder, node })
    const ports = await askUntil(proxy.port, 2)
    expect(ports.size).toBe(1)
    expect(await askUntil(Number([...ports][0]), 2)).toEqual(new Set(['1', '2']))
  })
})

test('--workers 2 serves on all addresses and on several ports, each worker on each', async () => {
  const script = `pipy()
.listen(0).serveHTTP(() => new Message('a' + os.env.SLUICE_WORKER))
.listen(0).serveHTTP(() => new Message('b' + os.env.SLUICE_WORKER))
`
  const folder = createScriptFolder({ 'proxy.js': script })
  const proxy = await ProxyProcess.start(['--workers=2', 'proxy.js'], { folder, listenerCount: 2 })
  const [first, second] = proxy.ports as [number, number]
  expect(await askUntil(first, 2)).toEqual(new Set(['a1', 'a2']))
  expect(await askUntil(second, 2)).toEqual(new Set(['b1', 'b2']))
})

test('lines of workers have their number and are never mixed, and tasks run in each worker', async () => {
  const script = `pipy()
.task().handleMessageStart(() => (
console.log('x'.repeat(100000)),
console.warn('warned')
))
`
  const folder = createScriptFolder({ 'proxy.js': script })
  const proxy = await ProxyProcess.start(['--workers', '2', 'proxy.js'], { folder, listenerCount: 0 })
  await proxy.written(/\[worker 1\] \S+ warn warned\n/)
  await proxy.written(/\[worker 2\] \S+ warn warned\n/)
  await proxy.written(/\[worker 1\] x{100000}\n/)
  await proxy.written(/\[worker 2\] x{100000}\n/)
  proxy.signal('SIGTERM')
  expect(await proxy.ended).toEqual({ code: 0, signal: null })
})

test('--workers max starts as many as there are cores', async () => {
  const folder = createScriptFolder({ 'proxy.js': NUMBER_SCRIPT })
  const proxy = await ProxyProcess.start(['--workers', 'max', 'proxy.js'], { folder })
  const count = availableParallelism()
  if (count > 1) {
    await proxy.written(/Running \d+ workers/)
    expect(readWorkerPids(proxy.output)).toHaveLength(count)
  }
  expect((await askUntil(proxy.port, 1)).size).toBe(1)
})

test('--workers 1 serves in the process of the command', async () => {
  const module = `import { Message, pipy } from 'sluice'
export default pipy().listen('127.0.0.1:0').serveHTTP(() => new Message(process.pid + ' ' + process.env.SLUICE_WORKER))
`
  const folder = createScriptFolder({ 'proxy.mjs': module })
  const proxy = await ProxyProcess.start(['--workers', '1', 'proxy.mjs'], { folder })
  expect(await askUntil(proxy.port, 1)).toEqual(new Set([`${proxy.pid} undefined`]))
  expect(proxy.output).toBe(`Listening on 127.0.0.1:${proxy.port}\n`)
})

test('--workers 2 --check builds the proxy once and starts nobody', async () => {
  const script = `pipy({ _a: console.log('loaded') }).listen('127.0.0.1:0').serveHTTP(() => new Message())\n`
  const folder = createScriptFolder({ 'proxy.js': script })
  const { code, output } = await ProxyProcess.run(['--workers', '2', '--check', 'proxy.js'], { folder })
  expect({ code, output }).toEqual({ code: 0, output: 'loaded\nlisten 127.0.0.1:0\n  serveHTTP\n' })
})

test('SIGUSR2 tells of each worker, and of all of them', async () => {
  const folder = createScriptFolder({ 'proxy.js': NUMBER_SCRIPT })
  const proxy = await ProxyProcess.start(['--workers', '2', '--log-level', 'info', 'proxy.js'], { folder })
  const clients = await Promise.all(Array.from({ length: 6 }, () => HttpClient.connect(proxy.port)))
  await Promise.all(clients.map((client) => client.get('/')))
  proxy.signal('SIGUSR2')
  await proxy.written(/All workers: 2 of 2 serve, 0 restarts, 6 connections open of 6 accepted\n/)
  const [first, second] = readWorkerPids(proxy.output)
  const line = (number: number, pid?: number): RegExp =>
    new RegExp(`^Worker ${number}: pid ${pid}, 0 restarts, \\d connections open of \\d accepted$`, 'm')
  expect(proxy.output).toMatch(line(1, first))
  expect(proxy.output).toMatch(line(2, second))
})
