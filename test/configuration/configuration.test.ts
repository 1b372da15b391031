import { describe, expect, test } from 'vitest'
import { Configuration, PipelineBuilder, pipy, ProxyError } from 'sluice'

/** The names of a pipeline's filters. */
const namesOf = (filters: readonly { readonly name: string }[] | undefined): string[] =>
  filters?.map(({ name }) => name) ?? []

const refused = (code: string, message: string) => expect.objectContaining({ name: 'ProxyError', code, message })

describe('pipy', () => {
  test('takes the variables, or a function that gives them', () => {
    const variables = { target: '', count: 1 }
    for (const proxy of [pipy(variables), pipy(() => variables)]) {
      expect(proxy).toBeInstanceOf(Configuration)
      expect(proxy.variables).toBe(variables)
    }
    expect(pipy().variables).toEqual({})
  })

  test.each<[unknown, string]>([
    [1, '1'],
    ['text', 'text'],
    [true, 'true'],
    [() => undefined, 'undefined'],
    [() => null, 'null'],
    [() => 5, '5'],
  ])('refuses %s as variables', (variables, shown) => {
    expect(() => pipy(variables as object)).toThrow(
      refused('INVALID_ARGUMENT', `Cannot use ${shown} as variables: expected an object`),
    )
  })

  test.each(['__inbound', '__filename', '__proto__'])('refuses a variable named %s', (name) => {
    const variables = Object.defineProperty({}, name, { value: 1, enumerable: true })
    expect(() => pipy(variables)).toThrow(
      refused('INVALID_ARGUMENT', `Cannot declare variable "${name}": the name is Sluice's own`),
    )
  })
})

describe('Configuration', () => {
  test('puts each filter into the pipeline that was begun last', () => {
    const proxy = pipy()
      .listen(8000)
      .handleData(() => undefined)
      .demuxHTTP('a')
      .pipeline('a')
      .print()
      .task()
      .dummy()
      .pipeline('empty')
      .listen('[::1]:8001', { maxConnections: 5 })
      .connect('h:1')
    expect(proxy.listeners).toMatchObject([
      { host: '', port: 8000, options: {} },
      { host: '::1', port: 8001, options: { maxConnections: 5 } },
    ])
    expect(proxy.listeners.map(({ filters }) => namesOf(filters))).toEqual([['handleData', 'demuxHTTP'], ['connect']])
    expect(proxy.tasks.map(({ intervalMs, filters }) => [intervalMs, namesOf(filters)])).toEqual([
      [undefined, ['dummy']],
    ])
    expect([...proxy.pipelines].map(([name, filters]) => [name, namesOf(filters)])).toEqual([
      ['a', ['print']],
      ['empty', []],
    ])
  })

  test.each<[string, (proxy: Configuration<object>) => unknown]>([
    ['connect', (proxy) => proxy.connect('h:1')],
    ['link', (proxy) => proxy.link('a')],
    ['own', (proxy) => proxy.filter({ name: 'own', bind: () => () => undefined as never })],
  ])('refuses %s before any pipeline was begun', (name, add) => {
    expect(() => add(pipy({}))).toThrow(
      refused('NO_PIPELINE', `Cannot add ${name}: no pipeline found; begin one with listen, pipeline or task`),
    )
  })

  test('does nothing but describe: the same description can be built many times', () => {
    const proxy = pipy().listen(8000)
    const before = proxy.listeners[0]?.filters.length
    proxy.print()
    expect([before, proxy.listeners[0]?.filters.length]).toEqual([0, 1])
  })
})

describe('Configuration.listen', () => {
  test.each<[number | string, string, number]>([
    [8000, '', 8000],
    [0, '', 0],
    [65535, '', 65535],
    ['8000', '', 8000],
    ['127.0.0.1:8000', '127.0.0.1', 8000],
    ['[::1]:8000', '::1', 8000],
    ['localhost:0', 'localhost', 0],
  ])('takes %s', (port, host, number) => {
    expect(pipy().listen(port).listeners[0]).toMatchObject({ host, port: number })
  })

  test.each([-1, 65536, 1.5, Number.NaN, '', 'x', 'a:b', '::1', '127.0.0.1'])('refuses %s, with the value', (port) => {
    expect(() => pipy().listen(port)).toThrow(
      refused(
        'INVALID_ARGUMENT',
        `Cannot read address "${port}": expected a port, "host:port" or "[v6]:port", port 0 to 65535`,
      ),
    )
  })

  test.each([undefined, null, {}, [], true])('refuses %s', (port) => {
    expect(() => pipy().listen(port as never)).toThrow(
      refused('INVALID_ARGUMENT', `Cannot listen on ${String(port)}: expected a port or "host:port"`),
    )
  })

  test.each<[object]>([[{ maxConnections: -1 }], [{ maxConnections: 0 }], [{ idleTimeoutMs: 0 }], [{}]])(
    'takes %j',
    (options) => {
      expect(pipy().listen(8000, options).listeners[0]?.options).toEqual(options)
    },
  )

  test.each<[object, string]>([
    [{ maxConnections: -2 }, 'maxConnections -2'],
    [{ maxConnections: Number.NaN }, 'maxConnections NaN'],
    [{ maxConnections: '5' }, 'maxConnections 5'],
    [{ idleTimeoutMs: -1 }, 'idleTimeoutMs -1'],
  ])('refuses %j', (options, shown) => {
    expect(() => pipy().listen(8000, options)).toThrow(
      refused('INVALID_ARGUMENT', `Cannot listen with ${shown}: expected a number from 0 up`),
    )
  })
})

describe('Configuration.pipeline', () => {
  test('refuses a name that is taken', () => {
    expect(() => pipy().pipeline('a').pipeline('b').pipeline('a')).toThrow(
      refused('DUPLICATE_PIPELINE', 'Cannot begin pipeline "a": the name is taken'),
    )
  })

  test('takes names that objects have of themselves', () => {
    const proxy = pipy().pipeline('constructor').pipeline('__proto__').pipeline('toString')
    expect([...proxy.pipelines.keys()]).toEqual(['constructor', '__proto__', 'toString'])
  })

  test.each([
    ['', '""'],
    [undefined, 'undefined'],
    [404, '404'],
  ])('refuses %o as a name', (name, shown) => {
    expect(() => pipy().pipeline(name as string)).toThrow(
      refused('INVALID_ARGUMENT', `Cannot begin a pipeline named ${shown}: expected a name`),
    )
  })
})

describe('Configuration.task', () => {
  test.each([undefined, 10, 1000, 86_400_000])('takes the interval %s', (intervalMs) => {
    expect(pipy().task(intervalMs).tasks[0]?.intervalMs).toBe(intervalMs)
  })

  test.each([0, 9, 86_400_001, -1, Number.NaN, '5s', null])('refuses the interval %s', (intervalMs) => {
    expect(() => pipy().task(intervalMs as number)).toThrow(
      refused('INVALID_ARGUMENT', `Cannot run a task every ${String(intervalMs)} ms: expected 10 to 86400000 ms`),
    )
  })
})

describe('PipelineBuilder', () => {
  test('appends filters in the order of the calls, under the names that scripts use', () => {
    const callback = (): undefined => undefined
    const { filters } = new PipelineBuilder()
      .handleSessionStart(callback)
      .handleStreamStart(callback)
      .handleData(callback)
      .handleMessageStart(callback)
      .handleMessageBody(callback)
      .handleMessageEnd(callback)
      .handleMessage(callback)
      .handleSessionEnd(callback)
      .handleStreamEnd(callback)
      .replaceSessionStart(callback)
      .replaceStreamStart(callback)
      .replaceData(callback)
      .replaceMessageStart(callback)
      .replaceMessageBody(callback)
      .replaceMessageEnd(callback)
      .replaceMessage(callback)
      .replaceSessionEnd(callback)
      .replaceStreamEnd(callback)
      .link('a')
      .branch(true, 'a')
      .demux('a')
      .mux('a')
      .merge('a')
      .fork('a')
      .demuxHTTP('a')
      .muxHTTP('a')
      .forward(() => undefined as never)
      .serveHTTP(() => undefined as never)
      .serveFetch(() => undefined as never)
      .decodeHTTPRequest()
      .decodeHTTPResponse()
      .encodeHTTPRequest()
      .encodeHTTPResponse()
      .connect('h:1')
      .pack()
      .split('\n')
      .wait(callback)
      .dummy()
      .dump()
      .print()
    expect(namesOf(filters)).toEqual([
      ...['handleSessionStart', 'handleSessionStart', 'handleData', 'handleMessageStart', 'handleMessageBody'],
      ...['handleMessageEnd', 'handleMessage', 'handleSessionEnd', 'handleSessionEnd', 'replaceSessionStart'],
      ...['replaceSessionStart', 'replaceData', 'replaceMessageStart', 'replaceMessageBody', 'replaceMessageEnd'],
      ...[
        'replaceMessage',
        'replaceSessionEnd',
        'replaceSessionEnd',
        'link',
        'branch',
        'demux',
        'mux',
        'merge',
        'fork',
      ],
      ...['demuxHTTP', 'muxHTTP', 'forward', 'serveHTTP', 'serveFetch', 'decodeHTTPRequest', 'decodeHTTPResponse'],
      ...['encodeHTTPRequest', 'encodeHTTPResponse', 'connect', 'pack', 'split', 'wait', 'dummy', 'dump', 'print'],
    ])
  })

  test('has a method for each filter of the table of script methods', async () => {
    const { FILTER_METHODS } = await import('../../src/script/filter-methods.ts')
    const typed = Object.entries(FILTER_METHODS).map(([name, { typed: typedName }]) => typedName ?? name)
    const missing = typed.filter((name) => typeof new PipelineBuilder()[name as keyof PipelineBuilder] !== 'function')
    expect(missing).toEqual([])
  })

  test('describes pipelines in place, also inside each other', () => {
    const { filters } = new PipelineBuilder().demuxHTTP((p) =>
      p.link(
        (q) => q.connect('h:1'),
        () => true,
        (q) => q.replaceMessage(),
      ),
    )
    const [demux] = filters
    const inner = demux?.pipelines?.[0]
    if (typeof inner !== 'object') throw new Error('The pipeline was not taken in place')
    expect(namesOf(inner.filters)).toEqual(['link'])
    const cases = inner.filters[0]?.pipelines?.map((each) => (typeof each === 'object' ? namesOf(each.filters) : each))
    expect(cases).toEqual([['connect'], ['replaceMessage']])
  })

  test('keeps a filter of one’s own among the others', () => {
    const recipe = { name: 'own', bind: () => () => undefined as never }
    expect(new PipelineBuilder().dummy().filter(recipe).print().filters[1]).toBe(recipe)
  })

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [1, 'number'],
    [{}, 'object'],
  ])('refuses %s where a pipeline is meant', (reference, type) => {
    const refusal = refused(
      'INVALID_ARGUMENT',
      `Cannot refer to a pipeline: expected its name or a function, got ${type}`,
    )
    expect(() => new PipelineBuilder().demuxHTTP(reference as never)).toThrow(refusal)
    expect(() => new PipelineBuilder().link('a', () => true, reference as never)).toThrow(refusal)
    expect(() => new PipelineBuilder().branch(true, reference as never)).toThrow(refusal)
  })

  test('refuses link and branch without a pipeline', () => {
    const builder = new PipelineBuilder() as unknown as Record<'link' | 'branch', () => void>
    expect(() => builder.link()).toThrow(ProxyError)
    expect(() => builder.branch()).toThrow(ProxyError)
  })
})
