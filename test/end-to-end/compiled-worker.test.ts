/** A script gives the same answers on Node and compiled into a Worker, which runs in workerd. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { readExample } from './support/example.ts'
import { poolScript } from './support/pool-script.ts'
import { ProxyProcess } from './support/proxy-process.ts'
import { PROJECT_FOLDER } from './support/project-folder.ts'
import { createScriptFolder } from './support/script-folder.ts'
import { SHARED_REQUESTS, type SharedRequest, sendShared, tellRequest } from './support/shared-requests.ts'
import { startCompiledWorker } from './support/compiled-worker.ts'
import { Upstream } from './support/upstream.ts'

vi.setConfig({ testTimeout: 60_000 })

async function startOnNode(script: string, listenerCount = 1): Promise<ProxyProcess> {
  const folder = createScriptFolder({ 'proxy.js': script })
  return await ProxyProcess.start(['proxy.js'], { folder, listenerCount })
}

/** Asks both, one request after the other, and compares what they say. */
async function expectSameAnswers(nodePort: number, workerPort: number, requests: readonly SharedRequest[]) {
  for (const shared of requests) {
    const onNode = await sendShared(nodePort, shared)
    const atEdge = await sendShared(workerPort, shared)
    const title = `${shared.method ?? 'GET'} ${shared.path}`
    expect({ title, status: atEdge.status }).toEqual({ title, status: onNode.status })
    expect(
      atEdge.body.equals(onNode.body),
      `${title}\n${onNode.body.subarray(0, 900)}\n${atEdge.body.subarray(0, 900)}`,
    ).toBe(true)
    for (const field of ['location', 'set-cookie', 'content-encoding', 'etag']) {
      expect({ title, value: atEdge.headers[field] }).toEqual({ title, value: onNode.headers[field] })
    }
  }
}

describe('a script answers as on Node when it is compiled into a Worker:', () => {
  test.each([
    ['the connection pool of the tutorial', poolScript],
    ['examples/03-connection-pool', exampleScript('03-connection-pool')],
    ['examples/02-routing', exampleScript('02-routing')],
  ])('%s', async (_, scriptOf) => {
    const eighty = await Upstream.start('eighty', tellRequest('eighty'))
    const eightyOne = await Upstream.start('eighty-one', tellRequest('eighty-one'))
    const script = scriptOf({ '/*': eighty.address, '/hi/*': eightyOne.address })
    const proxy = await startOnNode(script)
    const worker = await startCompiledWorker(script)
    await expectSameAnswers(proxy.port, worker.port, SHARED_REQUESTS)
    expect(eighty.requests.length + eightyOne.requests.length).toBe(2 * SHARED_REQUESTS.length)
  })

  test('a route that is missing, and an upstream that nobody listens on', async () => {
    const gone = await Upstream.start('gone')
    const script = poolScript({ '/hi/*': gone.address })
    const proxy = await startOnNode(script)
    const worker = await startCompiledWorker(script)
    await gone.stop()
    await expectSameAnswers(proxy.port, worker.port, [
      { path: '/' },
      { method: 'HEAD', path: '/' },
      { method: 'POST', path: '/', body: 'unread' },
      { path: '/hi' },
      { path: '/hi/x', method: 'POST', body: 'unsent' },
    ])
  })

  test('examples/01-hello, whose listen is chosen by --port', async () => {
    const file = join(PROJECT_FOLDER, 'examples', '01-hello', 'proxy.js')
    const proxy = await startOnNode(readExample('01-hello/proxy.js'), 2)
    const requests: SharedRequest[] = [
      { path: '/' },
      { method: 'HEAD', path: '/x' },
      { method: 'POST', path: '/x?y=%20', body: 'text' },
    ]
    const [first, second] = proxy.ports
    const worker = await startCompiledWorker(readFileSync(file, 'utf8'))
    await expectSameAnswers(first as number, worker.port, requests)
    const other = await startCompiledWorker(readFileSync(file, 'utf8'), { options: ['--port', '8081'] })
    await expectSameAnswers(second as number, other.port, requests)
  })
})

describe('a compiled Worker', () => {
  test('has its variables as os.env, the files of pipy.load, and its console', async () => {
    const script = `pipy({ _page: pipy.load('page.txt') })
      .listen(8000)
      .serveHTTP(msg => (console.log('asked for', msg.head.path), new Message(_page.toString() + os.env.NAME + os.env.LIMIT)))`
    const files = { 'page.txt': 'ein schöner ' }
    const worker = await startCompiledWorker(script, { files, vars: { NAME: 'Name, ', LIMIT: { a: 1 } } })
    expect((await sendShared(worker.port, { path: '/x' })).body.toString()).toBe('ein schöner Name, {"a":1}')
    await expect.poll(() => worker.lines).toContain('asked for /x')
  })

  test('takes requests where the script speaks HTTP, though it listens for something else first', async () => {
    const script = "pipy().listen(9000).connect('127.0.0.1:1').listen(8000).serveHTTP(new Message('HTTP'))"
    const worker = await startCompiledWorker(script)
    expect((await sendShared(worker.port, { path: '/' })).body.toString()).toBe('HTTP')
  })

  test('answers 500 when a callback throws, logs where, and goes on', async () => {
    const script = `pipy({ _none: null })
      .listen(8000)
      .serveHTTP(msg => msg.head.path === '/throws' ? _none.x : new Message('fine'))`
    const worker = await startCompiledWorker(script)
    const answer = await sendShared(worker.port, { path: '/throws' })
    expect(answer.status).toBe(500)
    expect((await sendShared(worker.port, { path: '/' })).body.toString()).toBe('fine')
    // The map of the bundle leads from there to the script: the platform applies it.
    await expect
      .poll(() => worker.lines.join('\n'))
      .toMatch(/serveHTTP.*\(reading 'x'\)[^]*\n\s+at .*worker\.mjs:\d+:\d+/)
  })

  test('answers 500 with the reason when the script throws while it loads', async () => {
    const worker = await startCompiledWorker(
      "pipy({ _n: os.env.NONE.length }).listen(8000).serveHTTP(new Message('x'))",
    )
    const { status, body } = await sendShared(worker.port, { path: '/' })
    expect({ status, text: body.toString() }).toEqual({
      status: 500,
      text: expect.stringContaining("Cannot load script: Cannot read properties of undefined (reading 'length')"),
    })
  })

  test('may set timers and draw random numbers while the script loads', async () => {
    const script = `(setTimeout(() => 0, 1), pipy({ _id: algo.uuid() }).listen(8000).serveHTTP(() => new Message(_id)))`
    const worker = await startCompiledWorker(script)
    expect((await sendShared(worker.port, { path: '/' })).body.toString()).toMatch(/^[\da-f]{8}-/)
  })
})

function exampleScript(name: string) {
  return (routes: Readonly<Record<string, string>>): string =>
    readExample(`${name}/proxy.js`, { 8080: routes['/*'] as string, 8081: routes['/hi/*'] as string })
}
