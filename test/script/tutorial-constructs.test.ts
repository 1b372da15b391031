/**
 * What the scripts of Pipy's tutorials are written with, each as a running proxy. The numbers are those of the rows of
 * the table of such constructs; 1 to 5 are in tutorial-sessions.test.ts:
 *
 *  1 a file that is one expression, also a function of its configuration, without a final newline, with a last comment
 *  2 free names that are read and written in arrows
 *  3 one closure under many contexts: made at load time, called from a cache, a pool, a predicate, a timer, a promise
 *  4 names declared in another file: refused by name, since scripts of several files are not supported
 *  5 __inbound, __filename
 *  6 JSON.decode, JSON.encode
 *  7 new Message, MessageStart, MessageEnd, Data, SessionEnd, StreamEnd, also without parentheses
 *  8 the globals pipy, algo, os, console; those that Sluice lacks are refused by name
 *  9 new URL(x).path
 * 10 instanceof Array and Object on decoded values
 * 11 str.replace(new RegExp('^/hi'), …)
 * 12 slice().reverse()
 * 13 optional chains on variables
 * 14 objects with external keys
 * 15 the order of an object's keys
 * 16 local variables as parameters of a function that is called at once
 * 17 an assignment as the body of an arrow
 * 18 .export and .import as method names
 * 19 a head without headers or status
 * 20 comparisons with undefined
 * 21 template literals, spread, computed keys, trailing commas
 * 22 pipy.load of a file that is missing
 */
import { describe, expect, test } from 'vitest'
import { runScript } from './run-script.ts'

/** What `() => expression`, with the request in `msg`, gives as JSON in a request pipeline. */
async function evaluate(
  expression: string,
  variables = '',
  files: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const { connect } = await runScript(
    `pipy({ ${variables} }).listen(8000).demuxHTTP('main').pipeline('main')
      .replaceMessage(msg => new Message(JSON.encode({ value: ${expression} })))`,
    files,
  )
  const answer = await (await connect()).request('/')
  return (JSON.parse(answer) as { value?: unknown }).value
}

test('#6 JSON.decode reads Data, JSON.encode makes it', async () => {
  const { connect } = await runScript(`pipy().listen(8000).serveHTTP(
    msg => new Message(JSON.encode({ got: JSON.decode(msg.body), bad: JSON.decode(new Data('{')) ?? 'none' }))
  )`)
  expect(await (await connect()).request('/', '{"a":[1]}')).toBe('{"got":{"a":[1]},"bad":"none"}')
})

describe('#7 Events and messages', () => {
  test('made by hand end, split and answer streams', async () => {
    const { connect } = await runScript(`pipy()
      .listen(8000)
        .replaceData(data => data.size > 0 ? [new MessageStart, new Data(data).push('!'), new MessageEnd] : null)
        .replaceMessage(msg => msg.body.toString() === 'bye!' ? new SessionEnd : [new Data('<'), msg.body, new Data('>')])
      .listen(8001)
        .replaceSessionStart([new Data('hello'), new StreamEnd])`)
    const client = await connect()
    await client.send('one')
    await client.send('two')
    await client.send('bye')
    await client.send('three')
    expect(client.text).toBe('<one!><two!>')
    expect((await connect(8001)).text).toBe('hello')
  })

  test.each([
    ["new Message('text')", 'text'],
    ["new Message(new Data('data'))", 'data'],
    ["new Message({ status: 404 }, 'head')", '404 head'],
    ["new Message({ status: 404 }, new Data('both'))", '404 both'],
    ["[new MessageStart({ status: 404 }), new Data('parts'), new MessageEnd]", '404 parts'],
    ["[null, new Message('in a list'), undefined]", 'in a list'],
    ["new Message({ status: 200 }, new Data('aGk=', 'base64').push(new Data('21', 'hex')))", 'hi!'],
  ])('%s', async (expression, expected) => {
    const { connect } = await runScript(
      `pipy().listen(8000).demuxHTTP('a').pipeline('a').replaceMessage(() => ${expression})`,
    )
    expect(await (await connect()).request('/')).toBe(expected)
  })

  test('a callback that gives something else answers 500, and the connection goes on', async () => {
    const { connect, log } = await runScript(`pipy().listen(8000).demuxHTTP('a').pipeline('a')
      .replaceMessage(msg => msg.head.path === '/bad' ? 'text' : new Message('good'))`)
    const client = await connect()
    expect([await client.request('/bad'), await client.request('/good')]).toEqual(['500 Internal Server Error', 'good'])
    expect(log.messages('error')[0]).toContain('Cannot output the string "text"')
  })
})

describe('#8 Globals', () => {
  test('os.env, pipy.load and console.log', async () => {
    const { connect, host } = await runScript(
      `pipy({ _text: pipy.load('a.txt').toString() })
      .listen(8000).serveHTTP(() => (console.log('asked', { by: __inbound.localPort }), new Message(os.env.HOME + ' ' + _text)))`,
      { 'a.txt': 'from a file' },
    )
    expect(await (await connect()).request('/')).toBe('/home/user from a file')
    expect(host.lines).toEqual(['info: asked {"by":8000}'])
  })

  test('algo.RoundRobinLoadBalancer and its like', async () => {
    const { connect } = await runScript(`pipy({ _targets: new algo.RoundRobinLoadBalancer(['a', 'b', 'c']) })
      .listen(8000).serveHTTP(() => new Message(_targets.select()))`)
    const client = await connect()
    const answers = [
      await client.request('/'),
      await client.request('/'),
      await client.request('/'),
      await client.request('/'),
    ]
    expect([new Set(answers.slice(0, 3)).size, answers[3]]).toEqual([3, answers[0]])
  })

  test('process.env and other globals of a runtime are no names of a script', async () => {
    await expect(runScript('pipy().listen(8000).connect(() => process.env.TARGET)')).rejects.toMatchObject({
      code: 'SCRIPT_FAILED',
      message: expect.stringContaining('Cannot resolve name "process"') as string,
    })
  })

  test.each(['XML', 'http', 'Netmask'])('%s is refused by name', async (name) => {
    await expect(runScript(`pipy().listen(8000).connect(() => ${name}.x)`)).rejects.toMatchObject({
      code: 'SCRIPT_FAILED',
      message: expect.stringContaining(
        `Cannot resolve name "${name}": Sluice does not have this global of Pipy`,
      ) as string,
    })
  })
})

test('#9 URL has path, and a host with the port that was written', async () => {
  expect(await evaluate("(u => [u.path, u.host, u.port, u.hostname])(new URL('http://127.0.0.1:80/log?a'))")).toEqual([
    '/log?a',
    '127.0.0.1:80',
    '80',
    '127.0.0.1',
  ])
})

test('#10 decoded values are instances of Array and Object', async () => {
  const decoded = `JSON.decode(new Data('{"list":[{}],"text":"t"}'))`
  expect(
    await evaluate(
      `(v => [v instanceof Object, v.list instanceof Array, v.list[0] instanceof Object, v.text instanceof Object])(${decoded})`,
    ),
  ).toEqual([true, true, true, false])
})

test('#11 replace with an anchored expression changes the path', async () => {
  const { connect } = await runScript(`pipy()
    .listen(8000).demuxHTTP('rewrite')
    .pipeline('rewrite')
      .handleMessageStart(msg => msg.head.path = msg.head.path.replace(new RegExp('^/hi'), '/hello'))
      .muxHTTP('connection', '')
    .pipeline('connection').connect('127.0.0.1:8081')
    .listen(8081).serveHTTP(msg => new Message(msg.head.path))`)
  const client = await connect()
  expect([await client.request('/hi/hi'), await client.request('/a/hi')]).toEqual(['/hello/hi', '/a/hi'])
})

test('#12 reverse really reverses, and slice leaves the list as it was', async () => {
  expect(await evaluate('[_l.slice().reverse(), _l]', '_l: [1, 2, 3]')).toEqual([
    [3, 2, 1],
    [1, 2, 3],
  ])
})

test('#13 optional chains stop at what is not there', async () => {
  expect(
    await evaluate(
      '[_s?.keys ? 1 : 2, _none?.keys?.a.b ?? 3, _s.black?.["10.0.0.1"] ?? 4, _s.white?.some?.(ip => ip === "a"), _none?.some?.(_f) ?? 5]',
      '_s: { white: ["a"] }, _none: null, _f: () => 1',
    ),
  ).toEqual([2, 3, 4, true, 5])
})

test('#14 a key from a request finds no inherited property of what was decoded or made of entries', async () => {
  const { connect } = await runScript(
    `pipy({
      _services: JSON.decode(pipy.load('services.json')),
      _limits: Object.fromEntries(Object.entries(JSON.decode(pipy.load('services.json'))).map(([k, v]) => [k, { limit: v }])),
    })
    .listen(8000).serveHTTP(msg => (
      (key => new Message(JSON.encode([_services[key] ?? null, _limits[key] ?? null, os.env[key] ?? null])))(msg.head.path.slice(1))
    ))`,
    { 'services.json': '{ "a": 1 }' },
  )
  const client = await connect()
  expect(await client.request('/a')).toBe('[1,{"limit":1},null]')
  for (const key of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf']) {
    expect(await client.request(`/${key}`)).toBe('[null,null,null]')
  }
})

test('#15 keys come in the order in which they were written, integers first', async () => {
  expect(await evaluate(`Object.keys(JSON.decode(new Data('{"b":1,"a":1,"10":1,"2":1}')))`)).toEqual([
    '2',
    '10',
    'b',
    'a',
  ])
})

test('#16 local variables are parameters of a function that is called at once, with or without values', async () => {
  expect(await evaluate('((a, b,) => (a = _x, b = a + 1, [a, b]))()', '_x: 1')).toEqual([1, 2])
  expect(await evaluate('((balancer => (balancer = [_x], balancer))())', '_x: 1')).toEqual([1])
})

test('#17 what an assignment gives is nothing that a handler waits for or outputs', async () => {
  const { connect } = await runScript(`pipy({ _t: 0, _like: { then: () => { throw 'asked' } } })
    .listen(8000).demuxHTTP('a').pipeline('a')
      .handleMessageStart(() => _t = _like)
      .handleMessageEnd(() => _t = Date.now())
      .replaceMessage(() => new Message(typeof _t))`)
  expect(await (await connect()).request('/')).toBe('number')
})

test('#18 export is a method, and what it declares are variables like the others', async () => {
  const { connect } = await runScript(`pipy({ _a: 1 })
    .export('main', { __b: 2, __c: undefined })
    .listen(8000)
      .handleSessionStart(() => __c = _a + __b)
      .demuxHTTP('a')
    .pipeline('a').replaceMessage(() => new Message(\`\${__c++} \${__c}\`))`)
  const client = await connect()
  expect([await client.request('/'), await client.request('/')]).toEqual(['3 4', '3 4'])
})

describe('#19 A head', () => {
  test('without headers, or with headers alone, has the defaults on the wire', async () => {
    const { connect } = await runScript(`pipy().listen(8000).demuxHTTP('a').pipeline('a').replaceMessage(
      msg => new Message(msg.head.path === '/s' ? { status: 404 } : { headers: { 'x-a': 'b' } }, 'text'))`)
    const client = await connect()
    expect([await client.request('/s'), await client.request('/h')]).toEqual(['404 text', 'text'])
    expect(client.text).toMatch(/HTTP\/1\.1 404 Not Found\r\n(?:.*\r\n)*\r\ntextHTTP\/1\.1 200 OK\r\nx-a: b\r\n/)
  })

  test('without a status is below no number', async () => {
    expect(await evaluate('[({ headers: {} }).status < 400, new Message({ headers: {} }).head.status < 400]')).toEqual([
      false,
      false,
    ])
  })
})

test('#20 a comparison with undefined is false', async () => {
  expect(await evaluate('[_c?.time < Date.now() - 1, _c?.time > 0, _c?.time >= _c?.time]', '_c: null')).toEqual([
    false,
    false,
    false,
  ])
})

test('#21 template literals, spread, computed keys and trailing commas', async () => {
  expect(
    await evaluate('({ ...{ [`k${_x}`]: [..._list, _x,], }, }, Math.max(..._list, _x,))', '_x: 1, _list: [0],'),
  ).toBe(1)
  expect(await evaluate('({ ...{ [`k${_x}`]: [..._list, _x,], }, })', '_x: 1, _list: [0],')).toEqual({ k1: [0, 1] })
})

describe('#22 pipy.load', () => {
  test('gives null for a file that is missing', async () => {
    expect(await evaluate(`pipy.load('server-cert.pem')`)).toBeNull()
  })

  test('reads at load time and in sessions', async () => {
    expect(await evaluate(`[_at.toString(), pipy.load('a').toString()]`, `_at: pipy.load('a')`, { a: 'A' })).toEqual([
      'A',
      'A',
    ])
  })
})
