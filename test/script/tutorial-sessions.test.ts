/**
 * How the scripts of Pipy's tutorials begin and what their names mean, each as a running proxy: the rows 1 to 5 of the
 * table of their constructs, which tutorial-constructs.test.ts lists.
 */
import { describe, expect, test } from 'vitest'
import { runScript } from './run-script.ts'

describe('#1 A file is one expression', () => {
  test.each([
    ['as a chain', "pipy().listen(8000).serveHTTP(new Message('ok'))\n"],
    ['without a final newline, with a comment', "pipy().listen(8000).serveHTTP(new Message('ok')) // end"],
    ['in lines as the tutorials have them', "pipy()\n\n.listen(8000)\n  .serveHTTP(\n    new Message('ok')\n  )\n"],
    ['with a #! line and a semicolon', "#!/usr/bin/env pipy\npipy().listen(8000).serveHTTP(new Message('ok'));\n"],
    [
      'as a function of its parts',
      "((text, message = new Message(text),) => pipy().listen(8000).serveHTTP(message))('ok')",
    ],
  ])('%s', async (_, source) => {
    const { connect } = await runScript(source)
    expect(await (await connect()).request('/')).toBe('ok')
  })

  test('as a function of its configuration file', async () => {
    const { connect } = await runScript(
      `(config =>
        pipy({ _router: new algo.URLRouter(config.routes), _text: '' })
        .listen(config.listen)
          .demuxHTTP('answer')
        .pipeline('answer')
          .handleMessageStart(msg => _text = _router.find(msg.head.headers.host, msg.head.path))
          .replaceMessage(() => new Message(_text))
      )(JSON.decode(pipy.load('config.json')))`,
      { 'config.json': '{ "listen": 9000, "routes": { "/*": "root", "/hi/*": "hi" } }' },
    )
    const client = await connect(9000)
    expect([await client.request('/hi/x'), await client.request('/hit')]).toEqual(['hi', 'root'])
  })
})

describe('#2 Free names are variables of the session', () => {
  const COUNTER = `pipy({ _n: 0, _g: { n: 0 } })
    .listen(8000)
      .handleSessionStart(() => (_n += 10, _g.n++))
      .demuxHTTP('count')
    .pipeline('count')
      .handleMessageStart(() => _n++)
      .replaceMessage(() => new Message(\`\${_n} \${++_g.n}\`))`

  test('each request starts from its connection’s values, objects are shared by all', async () => {
    const { connect } = await runScript(COUNTER)
    const [a, b] = [await connect(), await connect()]
    expect([await a.request('/'), await a.request('/'), await b.request('/')]).toEqual(['11 3', '11 4', '11 5'])
  })
})

describe('#3 One closure under many contexts', () => {
  const NAMED = (rest: string): string => `pipy({ _name: '', _g: {}, ${rest.split('|')[0] ?? ''} })
    .listen(8000).demuxHTTP('main').pipeline('main')
      .handleMessageStart(msg => _name = msg.head.path)
      ${rest.split('|')[1] ?? ''}`

  test('a function made at load time uses the variables of whoever calls it', async () => {
    const { connect } = await runScript(
      NAMED('_f: () => _name + _h(), _h: () => _name | .replaceMessage(() => new Message(_f()))'),
    )
    const client = await connect()
    expect([await client.request('/a'), await client.request('/b')]).toEqual(['/a/a', '/b/b'])
  })

  test('the callbacks of a cache and a pool run in the session that asks', async () => {
    const { connect } = await runScript(`pipy({
      _log: [],
      _name: '',
      _pool: new algo.ResourcePool(() => (_log.push('new ' + _name), _log.length)),
      _cache: null,
    })
    .listen(8000)
      .handleSessionStart(() => _cache = new algo.Cache(k => _pool.allocate(k), (k, v) => (_log.push('free ' + k + _name), _pool.free(v))))
      .handleSessionEnd(() => (_name = ' at the end', _cache.clear()))
      .demuxHTTP('main')
    .pipeline('main')
      .handleMessageStart(msg => (_name = msg.head.path, _cache.get(_name)))
      .replaceMessage(() => new Message(_log.join()))`)
    const client = await connect()
    expect([await client.request('/a'), await client.request('/b'), await client.request('/a')]).toEqual([
      'new /a',
      'new /a,new /b',
      'new /a,new /b',
    ])
    await client.close()
    expect(await (await connect()).request('/b')).toBe('new /a,new /b,free /b at the end,free /a at the end')
  })

  test('predicates and providers run in the session that asks', async () => {
    const { connect } = await runScript(`pipy({ _path: '' })
      .listen(8000)
        .demuxHTTP('routing')
      .pipeline('routing')
        .handleMessageStart(msg => _path = msg.head.path)
        .link('upstream', () => _path !== '/none', 'none')
      .pipeline('upstream')
        .muxHTTP('connection', () => _path)
      .pipeline('connection')
        .connect(() => '127.0.0.1:' + (_path === '/a' ? 8081 : 8082))
      .pipeline('none')
        .replaceMessage(new Message({ status: 404 }, 'No route'))
      .listen(8081).serveHTTP(new Message('A'))
      .listen(8082).serveHTTP(new Message('B'))`)
    const client = await connect()
    const answers = [await client.request('/a'), await client.request('/b'), await client.request('/none')]
    expect(answers).toEqual(['A', 'B', '404 No route'])
  })

  test('promises and timers go on in the session in which they began', async () => {
    const { connect, transport } = await runScript(
      NAMED(`_wait: null | .replaceMessage(async () => (
        await new Promise(done => _name === '/slow' ? _g.go = done : (_g.go(), done())),
        new Message(_name)
      ))`),
    )
    const [slow, quick] = [await connect(), await connect()]
    const waiting = slow.request('/slow')
    await transport.settle()
    expect(await quick.request('/quick')).toBe('/quick')
    await waiting
    expect(slow.text).toMatch(/\/slow$/)
  })
})

describe('#4 Names of another file', () => {
  test.each(["pipy().import({ __turnDown: 'proxy' }).listen(8000)", "pipy().listen(8000).use('plugin.js', 'request')"])(
    'are refused, since there is one file only: %s',
    async (source) => {
      await expect(runScript(source)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    },
  )
})

test('#5 __inbound is the client’s connection, null in tasks, and __filename the path of the script', async () => {
  const { connect, host } = await runScript(`pipy()
    .listen(8000)
      .serveHTTP(() => new Message(JSON.encode([__inbound.localPort, typeof __inbound.id, __inbound.remoteAddress, __filename])))
    .task()
      .handleMessageStart(() => console.log('task', __inbound))`)
  expect(JSON.parse(await (await connect()).request('/'))).toEqual([8000, 'number', '127.0.0.1', '/proxy.js'])
  expect(host.lines).toEqual(['info: task null'])
})
