/**
 * Scripts as a whole, and what a script's author is told when something is wrong. The typed configuration is replaced
 * by a recorder, so that the callbacks can be called one by one.
 */
import { compileFunction } from 'node:vm'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { instantiateScript } from '../../src/script/instantiate-script.ts'
import { rewriteScript } from '../../src/script/rewrite-script.ts'
import { createHost, loadScript } from './load-script.ts'
import { callbackOf, contextOf } from './script-recorder.ts'

// Suites share their worker and its modules: here they are loaded anew, with the recorder, and behind this once more.
vi.hoisted(() => vi.resetModules())
afterAll(() => {
  vi.doUnmock('../../src/pipy.ts')
  vi.resetModules()
})

vi.mock('../../src/pipy.ts', async () => {
  const { createRecorder } = await import('./script-recorder.ts')
  return { pipy: (variables: object = {}) => createRecorder(variables) }
})

/** What `() => expression` gives in a new session. */
function evaluate(expression: string, variables = '{}', host = createHost()): unknown {
  const proxy = loadScript(`pipy(${variables}).connect(() => ${expression})`, host)
  return callbackOf(proxy, 'connect')(contextOf(proxy))
}

/** The error of a script that is run as the Node adapter runs it. */
function refusal(source: string): ProxyError {
  const script = rewriteScript(source, { file: '/srv/proxy.js' })
  const run = compileFunction(script.code, [...script.parameterNames], { filename: script.file }) as (
    ...values: unknown[]
  ) => unknown
  try {
    instantiateScript(script, run, createHost())
  } catch (error) {
    if (error instanceof ProxyError) return error
    throw error
  }
  throw new Error('The script was not refused')
}

const CONNECTION_POOL = `pipy({
  _pool: new algo.ResourcePool(() => ++_g.lastId),
  _routes: new algo.URLRouter({ '/*': 'host-a:80', '/hi/*': 'host-b:81' }),
  _g: { lastId: 0 },
  _upstream: '',
  _ids: null,
})

.listen(8000)
  .handleSessionStart(
    () => (
      _ids = new algo.Cache(
        // a target gets an id
        (t  ) => _pool.allocate(t),
        (t,i) => _pool.free(i),
      )
    )
  )
  .handleSessionEnd(() => (_ids.clear()))
  .demuxHTTP('requests')

.pipeline('requests')
  .handleMessageStart(
    msg => (_upstream = _routes.find(msg.head.headers.host, msg.head.path))
  )
  .link('upstream', () => Boolean(_upstream), 'none')

.pipeline('upstream')
  .muxHTTP('socket', () => _ids.get(_upstream))

.pipeline('socket')
  .connect(() => _upstream)

.pipeline('none')
  .replaceMessage(new Message({ status: 404 }, 'Nowhere'))
`

describe('A connection-pool script', () => {
  test('describes the pipelines that it names', () => {
    const { calls } = loadScript(CONNECTION_POOL)
    expect(
      calls.map(({ method, values }) => [method, ...values.filter((value) => typeof value !== 'function')]),
    ).toEqual([
      ['listen', 8000],
      ['handleSessionStart'],
      ['handleSessionEnd'],
      ['demuxHTTP', 'requests'],
      ['pipeline', 'requests'],
      ['handleMessageStart'],
      ['link', 'upstream', 'none'],
      ['pipeline', 'upstream'],
      ['muxHTTP', 'socket'],
      ['pipeline', 'socket'],
      ['connect'],
      ['pipeline', 'none'],
      ['replaceMessage', expect.any(Message)],
    ])
  })

  test('gives each session its own ids, takes those of a session that ended, and routes by host and path', () => {
    const proxy = loadScript(CONNECTION_POOL)
    const start = callbackOf(proxy, 'handleSessionStart')
    const route = callbackOf(proxy, 'handleMessageStart')
    const idOf = callbackOf(proxy, 'muxHTTP', 1)
    const [first, second, third] = [contextOf(proxy), contextOf(proxy), contextOf(proxy)]
    const request = (context: object, path: string): object => {
      const own = { ...context }
      route(new MessageStart({ headers: { host: 'h' }, path }), own)
      return own
    }

    start(new Data('x'), first)
    start(new Data('x'), second)
    expect([idOf(request(first, '/a')), idOf(request(first, '/b')), idOf(request(first, '/hi/x'))]).toEqual([1, 1, 2])
    expect(idOf(request(second, '/a'))).toBe(3)
    expect(callbackOf(proxy, 'connect')(request(first, '/hi'))).toBe('host-b:81')
    callbackOf(proxy, 'handleSessionEnd')(new StreamEnd(), first)
    start(new Data('x'), third)
    expect(idOf(request(third, '/hi'))).toBe(2)
  })
})

describe('The context of a callback', () => {
  test('a function made in one session and called in another uses the other’s context', () => {
    const proxy = loadScript('pipy({ _name: "", _g: {} }).handleData(() => _g.f = () => _name).connect(() => _g.f())')
    callbackOf(proxy, 'handleData')(new Data('x'), { ...contextOf(proxy), _name: 'a' })
    expect(callbackOf(proxy, 'connect')({ ...contextOf(proxy), _name: 'b' })).toBe('b')
  })

  test('a callback inside which another session’s callback runs goes on in its own context', () => {
    const proxy = loadScript(
      'pipy({ _name: "", _g: {} }).handleData(() => [_name, _g.run(), _name]).connect(() => _name)',
    )
    const inner = { ...contextOf(proxy), _name: 'inner' }
    const outer = { ...contextOf(proxy), _name: 'outer', _g: { run: () => callbackOf(proxy, 'connect')(inner) } }
    expect(callbackOf(proxy, 'handleData')(new Data('x'), outer)).toEqual(['outer', 'inner', 'outer'])
  })
})

describe('The globals of a script', () => {
  test('has events and messages, also made without parentheses', () => {
    const made = evaluate(
      `[new Message('a'), new MessageStart, new MessageEnd, new Data, new SessionEnd, new StreamEnd]`,
    )
    const classes = [Message, MessageStart, MessageEnd, Data, StreamEnd, StreamEnd]
    expect((made as object[]).map(({ constructor }) => constructor)).toEqual(classes)
  })

  test('has os.env, pipy.load, pipy.exit', () => {
    const host = createHost({ 'a.txt': 'text' })
    expect(
      evaluate(`[os.env.HOME, os.env.constructor, os.readFile('/etc/name').toString(), os.readFile('/no')]`),
    ).toEqual(['/home/user', undefined, 'name', null])
    expect(evaluate(`[pipy.load('a.txt').toString(), pipy.load('b.txt')]`, '{}', host)).toEqual(['text', null])
    evaluate('pipy.exit(3)', '{}', host)
    expect(host.exitCodes).toEqual([3])
  })

  test('has a console that joins with spaces, shows objects as JSON and writes line by line', () => {
    const host = createHost()
    evaluate(
      `[console.log('a', 1, { b: [null] }, undefined, new Data('d')), console.error('x\\ny'), console.warn(new Error('e'))]`,
      '{}',
      host,
    )
    expect(host.lines).toEqual(['info: a 1 {"b":[null]} undefined d', 'error: x', 'error: y', 'warn: Error: e'])
  })
})

describe('Promises in scripts', () => {
  test('a context survives await, also in functions that are called after it', async () => {
    const proxy = loadScript(`pipy({ _name: '', _helper: () => _name, _seen: null }).handleData(
      async () => (_seen = [_name, await 1, _name, _helper(), await (async () => (await 2, _helper()))()])
    )`)
    const [a, b] = [
      { ...contextOf(proxy), _name: 'a' },
      { ...contextOf(proxy), _name: 'b' },
    ]
    const handle = callbackOf(proxy, 'handleData')
    await Promise.all([handle(new Data('x'), a), handle(new Data('x'), b)])
    expect(a).toMatchObject({ _seen: ['a', 1, 'a', 'a', 'a'] })
    expect(b).toMatchObject({ _seen: ['b', 1, 'b', 'b', 'b'] })
  })

  test('a context survives a promise that rejects', async () => {
    const proxy = loadScript(`pipy({ _name: '', _seen: null }).handleData(async () => {
      try { await Promise.reject(new Error('no')) } catch (e) { _seen = e.message + _name } finally { _seen += _name }
    })`)
    const context = { ...contextOf(proxy), _name: 'a', _seen: null }
    await callbackOf(proxy, 'handleData')(new Data('x'), context)
    expect(context).toMatchObject({ _seen: 'noaa' })
  })

  test('functions given to then, catch and finally run in the context in which they were given', async () => {
    const proxy = loadScript(`pipy({ _name: '', _seen: [] }).handleData(
      () => Promise.reject(1).catch(n => (_seen = [n, _name], 2)).then(n => _seen.push(n, _name)).finally(() => _seen.push(_name))
    )`)
    const contexts = ['a', 'b'].map((name) => ({ ...contextOf(proxy), _name: name }))
    await Promise.all(contexts.map((context) => callbackOf(proxy, 'handleData')(new Data('x'), context)))
    expect(contexts.map((context) => (context as Record<string, unknown>)['_seen'])).toEqual([
      [1, 'a', 2, 'a', 'a'],
      [1, 'b', 2, 'b', 'b'],
    ])
  })

  test('timers call back in the context in which they were set, and what they throw is logged', async () => {
    const host = createHost()
    const proxy = loadScript(
      `pipy({ _name: '', _p: null }).handleData(
        () => _p = new Promise(done => (setTimeout(() => done(_name), 0), queueMicrotask(() => { throw new Error(_name) })))
      )`,
      host,
    )
    const context = { ...contextOf(proxy), _name: 'a' }
    expect(await callbackOf(proxy, 'handleData')(new Data('x'), context)).toBe('a')
    expect(host.lines).toEqual(['error: Cannot run the callback of a timer: a'])
  })

  test('code that runs outside of any session gets no other session’s variables', async () => {
    const proxy = loadScript(
      `pipy({ _name: '', _leaks: [] }).handleData(async () => (_leaks.push(() => _name), await 1, _name))`,
    )
    const context: Record<string, unknown> = { ...contextOf(proxy), _name: 'a' }
    expect(await callbackOf(proxy, 'handleData')(new Data('x'), context)).toBe('a')
    expect((context['_leaks'] as (() => unknown)[])[0]).toThrow('Cannot read "_name": no pipeline is running')
  })
})

describe('A script that is wrong is refused with its place', () => {
  test('a name that nobody declares', () => {
    const error = refusal("pipy({ _target: '' })\n  .connect(\n    () => _traget\n  )")
    expect(error.code).toBe('SCRIPT_FAILED')
    expect(error.location).toEqual({ file: '/srv/proxy.js', line: 3, column: 11 })
    expect(error.message).toBe(
      'Cannot resolve name "_traget": declare it in pipy({ … }), or did you mean "_target"? at /srv/proxy.js:3:11\n' +
        '3 |     () => _traget\n' +
        '  |           ^',
    )
  })

  test('a name that is used while the script loads and that nobody declares', () => {
    const error = refusal('pipy().listen(port)')
    expect([error.code, error.location?.column]).toEqual(['SCRIPT_FAILED', 15])
    expect(error.message).toContain('Cannot resolve name "port": declare it in pipy({ … })')
  })

  test('a variable that is used while the script loads', () => {
    expect(refusal('pipy({ _a: 1, _b: _a })').message).toContain('Cannot read "_a": no pipeline is running')
  })

  test('a global that only Pipy has', () => {
    expect(refusal('pipy().connect(() => new Netmask("::/0"))').message).toContain(
      'Cannot resolve name "Netmask": Sluice does not have this global of Pipy',
    )
  })

  test('a variable with a computed key that has the name of a global', () => {
    const error = refusal("pipy({ ['Map']: 1 }).connect(\n  () => Map\n)")
    expect(error.message).toContain('Cannot tell what "Map" means: it is a global here and a variable in pipy({ … })')
    expect(error.location).toMatchObject({ line: 2, column: 9 })
  })

  test('variables with computed and spread keys are found', () => {
    expect(evaluate('[_a, _b]', "{ ['_' + 'a']: 1, ...{ _b: 2 } }")).toEqual([1, 2])
  })

  test('an argument of the wrong type', () => {
    const error = refusal("pipy()\n.pipeline('a')\n  .connect(8080)")
    expect([error.code, error.location]).toEqual(['INVALID_ARGUMENT', { file: '/srv/proxy.js', line: 3, column: 4 }])
    expect(error.message).toBe(
      'Cannot configure connect: argument #1 expects a string or a function, got number 8080 at /srv/proxy.js:3:4\n' +
        '3 |   .connect(8080)\n' +
        '  |    ^',
    )
  })

  test('an error that the script throws', () => {
    const error = refusal('pipy({\n  _a: [].b.c,\n})')
    expect([error.code, error.location?.line]).toEqual(['SCRIPT_FAILED', 2])
    expect(error.message).toContain(
      "Cannot load script: Cannot read properties of undefined (reading 'c') at /srv/proxy.js:2:12",
    )
    expect(error.cause).toBeInstanceOf(TypeError)
  })

  test.each([
    ['1', 'number'],
    ['null', 'null'],
    ['pipy', 'function'],
    ['({})', 'object'],
  ])('%s is no proxy', (source, given) => {
    const error = refusal(source)
    expect([error.code, error.message]).toEqual([
      'NOT_A_PROXY',
      `Cannot use script /srv/proxy.js: it gave ${given}, expected what pipy() returns`,
    ])
  })
})

test('An error that a callback throws has the names of the script', () => {
  const proxy = loadScript('pipy({ _f: null, _o: null }).connect(() => _f(1)).handleData(() => _o.f())')
  expect(() => callbackOf(proxy, 'connect')(contextOf(proxy))).toThrow(/^_f is not a function$/)
  expect(() => callbackOf(proxy, 'handleData')(new Data('x'), { ...contextOf(proxy), _o: {} })).toThrow(
    /^_o\.f is not a function$/,
  )
})
