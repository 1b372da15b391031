import { describe, expect, test, vi } from 'vitest'
import { HttpClient } from './support/http-client.ts'
import { nodeExecutables } from './support/node-executables.ts'
import { ProxyProcess, type ProxyProcessOptions } from './support/proxy-process.ts'
import { createScriptFolder } from './support/script-folder.ts'
import { throwingModule } from './support/throwing-module.ts'
import { Upstream } from './support/upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

const CAUGHT = [
  '/throw',
  '/reject',
  '/undefined',
  '/null',
  '/symbol',
  '/bare',
  '/hostile',
  '/hostile-error',
  '/revoked',
  '/reject-undefined',
  '/reject-hostile',
  '/cache',
  '/leaving',
  '/pool',
  '/router',
  '/getter',
  '/stream-throws',
  '/stream-none',
  '/broken-start',
  '/broken-headers',
  '/broken-name',
  '/broken-kind',
  '/broken-data',
]
/** Thrown where nobody catches it, with a message that tells which it was. */
const UNCAUGHT = [
  ['/timeout', 'from a timeout'],
  ['/interval', 'from an interval'],
  ['/immediate', 'from an immediate'],
  ['/microtask', 'from a microtask'],
  ['/tick', 'from a tick'],
  ['/emitter', 'from an emitter'],
  ['/error-event', 'from an error event'],
  ['/rejection', 'from a rejection'],
  ['/async-timeout', 'from an async timeout'],
] as const

/** The same, without a message, or such that whoever asks for it is thrown at once more. */
const UNCAUGHT_AND_MUTE = [
  '/undefined-later',
  '/undefined-rejection',
  '/bare-later',
  '/bare-rejection',
  '/hostile-later',
  '/hostile-error-later',
]

const SCRIPT = `pipy({
  _cache: new algo.Cache(key => _g.from.a_cache),
  _pool: new algo.ResourcePool(key => _g.from.a_pool),
  _balancer: new algo.HashingLoadBalancer(['a']),
  _g: {},
  _path: '',
  _actions: {
    '/callback': () => _g.from.a_callback,
    '/cache': () => _cache.get('a'),
    '/pool': () => _pool.allocate('a'),
    '/undefined': () => { throw undefined },
    '/text': () => { throw { toString() { throw 1 } } },
    '/async': async () => _g.from.an_async_callback,
    '/timeout': () => void setTimeout(() => _g.from.a_timeout, 0),
    '/interval': () => { const timer = setInterval(() => { clearInterval(timer); _g.from.an_interval }, 1) },
    '/microtask': () => void queueMicrotask(() => _g.from.a_microtask),
    '/async-timeout': () => void setTimeout(async () => _g.from.an_async_timeout, 0),
    '/rejection': () => void Promise.resolve().then(() => _g.from.a_rejection),
    '/text-later': () => void setTimeout(() => { throw { toString() { throw 1 } } }, 0),
  },
})
.listen('127.0.0.1:0')
  .demuxHTTP('request')
.pipeline('request')
  .handleMessageStart(msg => (_path = msg.head.path, _actions[_path]?.()))
  .replaceMessage(() => new Message('answer to ' + _path))
`

describe.each(nodeExecutables)('on Node $major', (node) => {
  test.each([
    ['proxy.ts', true],
    ['proxy.mjs', false],
  ] as const)('nothing that %s throws ends the process, and each request is answered', async (file, types) => {
    const text = throwingModule(types)
    const proxy = await startFiles({ [file]: text }, file, { node })
    const waiting = await HttpClient.connect(proxy.port)
    waiting.send('GET /held HTTP/1.1\r\nHost: a\r\n\r\n')
    const client = await HttpClient.connect(proxy.port)
    for (const path of CAUGHT) {
      expect([path, (await client.get(path)).status]).toEqual([path, 500])
      expect(await client.get('/ok'), path).toMatchObject({ status: 200, body: 'answer to /ok' })
    }
    for (const [path, message] of UNCAUGHT) {
      expect(await client.get(path), path).toMatchObject({ status: 200, body: `answer to ${path}` })
      const [, line, column] = await proxy.written(
        new RegExp(`error Going on after .*${message} at .*/${file.replace('.', '\\.')}:(\\d+):(\\d+)`),
      )
      expect([path, Number(line), Number(column)]).toEqual([path, ...placeOf(text, `new Error('${message}')`)])
    }
    for (const path of UNCAUGHT_AND_MUTE) {
      expect(await client.get(path), path).toMatchObject({ status: 200 })
      expect(await client.get('/ok'), path).toMatchObject({ status: 200 })
    }
    expect(await client.get('/release')).toMatchObject({ status: 200 })
    expect(await waiting.readAnswer()).toMatchObject({ status: 200, body: 'answer to /held' })
    proxy.signal('SIGTERM')
    expect(await proxy.ended).toEqual({ code: 0, signal: null })
  })

  test('nothing that a Pipy script throws ends the process, and each request is answered', async () => {
    const proxy = await startFiles({ 'proxy.js': SCRIPT }, 'proxy.js', { node })
    const client = await HttpClient.connect(proxy.port)
    for (const path of ['/callback', '/cache', '/pool', '/undefined', '/text', '/async']) {
      expect([path, (await client.get(path)).status]).toEqual([path, 500])
    }
    for (const path of ['/timeout', '/interval', '/microtask', '/async-timeout', '/rejection']) {
      expect(await client.get(path), path).toMatchObject({ status: 200, body: `answer to ${path}` })
      const name = `a${/^\/[ia]/.test(path) ? 'n' : ''}_${path.slice(1).replace('-', '_')}`
      const [, line, column] = await proxy.written(new RegExp(`'${name}'\\) at .*/proxy\\.js:(\\d+):(\\d+)`))
      expect([path, Number(line), Number(column)]).toEqual([path, ...placeOf(SCRIPT, name)])
    }
    expect(await client.get('/text-later')).toMatchObject({ status: 200 })
    await proxy.written(/Cannot run the callback of a timer: a thrown value/)
    expect(await client.get('/ok')).toMatchObject({ status: 200 })
    proxy.signal('SIGTERM')
    expect(await proxy.ended).toEqual({ code: 0, signal: null })
  })
})

const STORM = `import { Message, pipy } from 'sluice'

const storms = {
  '/timers': () => setInterval(() => { throw new Error('again') }, 1),
  '/microtasks': function again() { queueMicrotask(again); throw new Error('again') },
}
export default pipy().listen('127.0.0.1:0').serveHTTP(({ head }) => {
  if (storms[head.path]) setTimeout(storms[head.path], 0)
  return new Message('on')
})
`

test('exceptions without end are told by their number, ten a second one by one, and requests are answered', async () => {
  const proxy = await startFiles({ 'proxy.mjs': STORM }, 'proxy.mjs')
  const client = await HttpClient.connect(proxy.port)
  expect(await client.get('/timers')).toMatchObject({ status: 200 })
  const [before, count] = await proxy.written(/^[\s\S]*?Going on after (\d+) more exceptions in the same second.*\n/)
  expect(before.match(/exception that nobody caught: Error: again at \S+proxy\.mjs:4:/g)).toHaveLength(10)
  expect(Number(count)).toBeGreaterThan(10)
  expect(await client.get('/')).toMatchObject({ status: 200, body: 'on' })
  proxy.signal('SIGTERM')
  expect((await proxy.ended).code).toBe(0)
})

test('exceptions that let nothing else have its turn end the process with 1, and it says why', async () => {
  const proxy = await startFiles({ 'proxy.mjs': STORM }, 'proxy.mjs')
  const client = await HttpClient.connect(proxy.port)
  expect(await client.get('/microtasks')).toMatchObject({ status: 200 })
  expect(await proxy.ended).toEqual({ code: 1, signal: null })
  expect(proxy.output).toMatch(/error Stopping, because of exceptions that nobody caught: \d+ more came within 5000 ms/)
})

async function startFiles(
  files: Readonly<Record<string, string>>,
  file: string,
  options: ProxyProcessOptions = {},
): Promise<ProxyProcess> {
  return await ProxyProcess.start([file], { ...options, folder: createScriptFolder(files) })
}

/** Line and column of a text in another one, counted from 1. */
function placeOf(text: string, part: string): [number, number] {
  const before = text.slice(0, text.indexOf(part)).split('\n')
  return [before.length, (before.at(-1) ?? '').length + 1]
}

test('a proxy that cannot be opened ends the process with 1, whatever its module has begun', async () => {
  const upstream = await Upstream.start('somebody else')
  const module = `import { pipy } from 'sluice'
setInterval(() => {}, 1000)
export default pipy().listen('${upstream.address}').dummy()
`
  const folder = createScriptFolder({ 'proxy.mjs': module })
  const { code, output } = await ProxyProcess.run(['proxy.mjs'], { folder })
  expect(output).toMatch(/^sluice: Cannot listen on .*: the port is in use/)
  expect(code).toBe(1)
})
