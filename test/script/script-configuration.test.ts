import { describe, expect, test } from 'vitest'
import { Service } from '../../src/algorithms/service/service.ts'
import type { Configuration } from '../../src/configuration.ts'
import { ProxyError } from '../../src/errors.ts'
import { Message, MessageStart, StreamEnd } from '../../src/events.ts'
import { CONFIGURATION_METHODS, FILTER_METHODS, MISSING_METHODS } from '../../src/script/filter-methods.ts'
import { ScriptConfiguration } from '../../src/script/script-configuration.ts'
import { ScriptScope } from '../../src/script/script-scope.ts'
import { callbackOf, createRecorder, type RecordedCall } from './script-recorder.ts'

type Fluent = Record<string, (...values: unknown[]) => Fluent>

function configure(variables: object = {}): {
  fluent: Fluent
  calls: RecordedCall[]
  scope: ScriptScope
  configuration: ScriptConfiguration
} {
  const scope = new ScriptScope()
  const recorder = createRecorder(variables)
  const configuration = new ScriptConfiguration(recorder as unknown as Configuration, scope)
  return { fluent: configuration.fluent as Fluent, calls: recorder.calls, scope, configuration }
}

function record(method: string, ...values: unknown[]): RecordedCall | undefined {
  const { fluent, calls } = configure()
  expect(fluent[method]?.(...values)).toBe(fluent)
  return calls[0]
}

function refusal(method: string, ...values: unknown[]): ProxyError {
  try {
    configure().fluent[method]?.(...values)
  } catch (error) {
    if (error instanceof ProxyError) return error
    throw error
  }
  throw new Error(`${method} was not refused`)
}

const fn = expect.any(Function) as unknown
const service = new Service({ targets: [] })
const answer = new Message({ status: 404 }, 'No route')

describe('ScriptConfiguration calls the typed method', () => {
  test.each<[method: string, values: unknown[], typed: string, expected: unknown[]]>([
    ['listen', [8000], 'listen', [8000]],
    [
      'listen',
      ['127.0.0.1:8000', { maxConnections: -1, idleTimeout: '1m' }],
      'listen',
      ['127.0.0.1:8000', { maxConnections: -1, idleTimeoutMs: 60_000 }],
    ],
    [
      'listen',
      [1, { forwarded: { style: 'both', trustedProxies: ['::1'] } }],
      'listen',
      [1, { forwarded: { style: 'both', trustedProxies: ['::1'] } }],
    ],
    ['pipeline', ['a'], 'pipeline', ['a']],
    ['task', [], 'task', []],
    ['task', ['5s'], 'task', [5000]],
    ['task', [0.5], 'task', [500]],
    ['handleSessionStart', [() => 1], 'handleSessionStart', [fn]],
    ['onSessionStart', [() => 1], 'handleSessionStart', [fn]],
    ['onSessionEnd', [() => 1], 'handleSessionEnd', [fn]],
    ['handleStreamStart', [() => 1], 'handleStreamStart', [fn]],
    ['handleStreamEnd', [() => 1], 'handleStreamEnd', [fn]],
    ['onData', [() => 1], 'handleData', [fn]],
    ['onMessageStart', [() => 1], 'handleMessageStart', [fn]],
    ['onMessageEnd', [() => 1], 'handleMessageEnd', [fn]],
    ['handleMessage', [() => 1], 'handleMessage', [fn]],
    ['onMessage', ['16k', () => 1], 'handleMessage', [fn, { maxBodyBytes: 16_384 }]],
    ['onMessageBody', [100, () => 1], 'handleMessageBody', [fn, { maxBodyBytes: 100 }]],
    ['handleMessage', [() => 1, { bufferLimit: '1m' }], 'handleMessage', [fn, { maxBodyBytes: 1_048_576 }]],
    ['replaceMessage', [answer], 'replaceMessage', [answer]],
    ['replaceMessage', ['1k', () => answer], 'replaceMessage', [fn, { maxBodyBytes: 1024 }]],
    ['replaceMessage', [1024], 'replaceMessage', [undefined, { maxBodyBytes: 1024 }]],
    ['replaceData', [], 'replaceData', []],
    ['replaceMessageStart', [null], 'replaceMessageStart', []],
    ['replaceMessageBody', [() => null], 'replaceMessageBody', [fn]],
    [
      'replaceSessionEnd',
      [[new MessageStart(), undefined, new StreamEnd()]],
      'replaceSessionEnd',
      [[expect.any(MessageStart), undefined, expect.any(StreamEnd)]],
    ],
    ['link', ['a'], 'link', ['a']],
    ['link', ['a', () => true, 'b', () => true, 'c'], 'link', ['a', fn, 'b', fn, 'c']],
    ['branch', [() => true, 'a', false, 'b', 'c'], 'branch', [fn, 'a', false, 'b', 'c']],
    ['demuxHTTP', ['a'], 'demuxHTTP', ['a']],
    ['demuxHTTP', ['a', { bufferSize: 0 }], 'demuxHTTP', ['a', {}]],
    ['demuxHTTP', ['a', { allowTrace: true, via: 'b' }], 'demuxHTTP', ['a', { allowTrace: true, via: 'b' }]],
    ['acceptHTTPTunnel', ['a', () => 1], 'acceptHTTPTunnel', ['a', fn]],
    ['connectHTTPTunnel', ['a', answer], 'connectHTTPTunnel', ['a', answer]],
    ['connectHTTPTunnel', ['a', () => answer], 'connectHTTPTunnel', ['a', fn]],
    ['muxHTTP', ['a'], 'muxHTTP', ['a']],
    ['muxHTTP', ['a', 1, { via: false }], 'muxHTTP', ['a', 1, { via: false }]],
    ['muxHTTP', ['a', 1], 'muxHTTP', ['a', 1]],
    [
      'muxHTTP',
      ['a', '', { maxIdle: '10s', maxQueue: 1, queueTimeout: 2 }],
      'muxHTTP',
      ['a', '', { maxIdleMs: 10_000, maxQueue: 1, queueTimeoutMs: 2000 }],
    ],
    [
      'muxHTTP',
      ['a', undefined, { responseTimeout: 1, maxConnections: 4 }],
      'muxHTTP',
      ['a', undefined, { responseTimeoutMs: 1000, maxConnections: 4 }],
    ],
    ['forward', [() => service], 'forward', [fn]],
    ['forward', [service, { checkout: 'session' }], 'forward', [service, { checkout: 'session' }]],
    ['serveHTTP', [answer], 'serveHTTP', [answer]],
    ['serveHTTP', [() => answer], 'serveHTTP', [fn]],
    ['serveFetch', [() => new Response()], 'serveFetch', [fn]],
    ['decodeHTTPRequest', [], 'decodeHTTPRequest', []],
    ['decodeHTTPResponse', [{ bodiless: true }], 'decodeHTTPResponse', [{ bodiless: true }]],
    ['encodeHTTPRequest', [], 'encodeHTTPRequest', []],
    ['encodeHTTPResponse', [{ bodiless: () => true }], 'encodeHTTPResponse', [{ bodiless: fn }]],
    ['demux', ['a'], 'demux', ['a']],
    ['mux', ['a', () => 1, { maxIdle: 1 }], 'mux', ['a', fn, { maxIdleMs: 1000 }]],
    ['merge', ['a', ''], 'merge', ['a', '']],
    ['fork', ['a', [{ _x: 1 }]], 'fork', ['a', [{ _x: 1 }]]],
    ['connect', ['a:1'], 'connect', ['a:1']],
    [
      'connect',
      [
        () => 'a:1',
        {
          connectTimeout: 5,
          idleTimeout: '1m',
          retryCount: -1,
          retryDelay: 0.5,
          bufferLimit: '16k',
          keepAlive: true,
          noDelay: null,
        },
      ],
      'connect',
      [fn, { connectTimeoutMs: 5000, idleTimeoutMs: 60_000, retryCount: -1, retryDelayMs: 500, keepAlive: true }],
    ],
    ['pack', [10, { timeout: 1, vacancy: 0.5 }], 'pack', [10, { timeoutMs: 1000, vacancy: 0.5 }]],
    ['split', [() => 1], 'split', [fn]],
    ['wait', [() => true, { timeout: 1 }], 'wait', [fn, { timeoutMs: 1000 }]],
    ['dummy', [], 'dummy', []],
    ['dump', ['tag'], 'dump', ['tag']],
    ['print', [], 'print', []],
  ])('%s(%j)', (method, values, typed, expected) => {
    expect(record(method, ...values)).toEqual({ method: typed, values: expected })
  })

  test('with callbacks that get the event alone, in the context that the engine gives last', () => {
    const { fluent, calls, scope } = configure()
    fluent['handleData']?.((...values: unknown[]) => [values, scope.context['name']])
    expect(callbackOf({ variables: {}, calls }, 'handleData')('event', { name: 'a' })).toEqual([['event'], 'a'])
  })

  test('with providers and predicates that get nothing', () => {
    const { fluent, calls, scope } = configure()
    const provide = (...values: unknown[]): unknown => [values, scope.context['name']]
    fluent['connect']?.(provide)?.['link']?.('a', provide)?.['decodeHTTPResponse']?.({ bodiless: provide })
    const [connect, link, decode] = calls.map(({ values }) => values) as [unknown[], unknown[], [{ bodiless: unknown }]]
    for (const given of [connect[0], link[1], decode[0].bodiless]) {
      expect((given as (context: object) => unknown)({ name: 'a' })).toEqual([[], 'a'])
    }
  })

  test('with inline pipelines, whose builder has the same methods', () => {
    const { fluent, calls, scope } = configure()
    fluent['demuxHTTP']?.(($: Fluent) =>
      $['onMessageStart']?.(() => scope.context['name'])?.['connect']?.('a:1', { retryDelay: 1 }),
    )
    const inner = createRecorder({})
    const describePipeline = callbackOf({ variables: {}, calls }, 'demuxHTTP')
    expect(describePipeline(inner)).toBe(inner)
    expect(inner.calls).toEqual([
      { method: 'handleMessageStart', values: [fn] },
      { method: 'connect', values: ['a:1', { retryDelayMs: 1000 }] },
    ])
    expect(callbackOf(inner, 'handleMessageStart')('event', { name: 'a' })).toBe('a')
  })

  test('an inline pipeline cannot begin another one', () => {
    const { fluent, calls } = configure()
    fluent['demux']?.(($: Fluent) => $['pipeline']?.('x'))
    const describePipeline = callbackOf({ variables: {}, calls }, 'demux')
    expect(() => describePipeline(createRecorder({}))).toThrow('Cannot call filter "pipeline"')
  })
})

describe('ScriptConfiguration refuses', () => {
  test.each<[method: string, values: unknown[], message: string]>([
    ['connect', [8080], 'Cannot configure connect: argument #1 expects a string or a function, got number 8080'],
    ['connect', [], 'Cannot configure connect: argument #1 expects a string or a function, got undefined'],
    ['connect', ['a:1', 5], 'Cannot configure connect: argument #2 expects an object of options, got number 5'],
    [
      'connect',
      ['a:1', { retries: 5 }],
      'Cannot configure connect: unknown option "retries"; the options are connectTimeout, idleTimeout, retryCount, retryDelay, bufferLimit, keepAlive, noDelay',
    ],
    [
      'connect',
      ['a:1', { retryCont: 5 }],
      'Cannot configure connect: unknown option "retryCont"; did you mean "retryCount"?',
    ],
    ['connect', ['a:1', { toString: 5 }], 'Cannot configure connect: unknown option "toString"'],
    [
      'muxHTTP',
      ['a', 1, { via: true }],
      'Cannot configure muxHTTP: option "via" expects a string or false, got boolean true',
    ],
    [
      'listen',
      [1, { forwarded: { trustedProxies: '::1' } }],
      'Cannot configure listen: option "trustedProxies" expects an array of strings, got string "::1"',
    ],
    ['acceptHTTPTunnel', ['a'], 'Cannot configure acceptHTTPTunnel: argument #2 expects a function'],
    [
      'demuxHTTP',
      ['a', { maxHeaderSize: 'big' }],
      'Cannot configure demuxHTTP: option "maxHeaderSize" expects a number of bytes or a size such as "16k", got string "big"',
    ],
    [
      'connect',
      ['a:1', { keepAlive: 1 }],
      'Cannot configure connect: option "keepAlive" expects true or false, got number 1',
    ],
    [
      'muxHTTP',
      ['a', 1, { maxIdle: '500ms' }],
      'option "maxIdle" expects a number of seconds or a time such as "10s" (milliseconds are written as "0.5s"; Pipy takes "500ms" for 500 seconds), got string "500ms"',
    ],
    [
      'muxHTTP',
      [undefined, 'a'],
      'Cannot configure muxHTTP: argument #1 expects a pipeline name or a function, got undefined',
    ],
    ['handleData', [answer], 'Cannot configure handleData: argument #1 expects a function, got an object'],
    ['handleMessage', ['16k'], 'Cannot configure handleMessage: argument #2 expects a function, got undefined'],
    [
      'handleMessage',
      ['16kb', () => 1],
      'Cannot configure handleMessage: argument #1 expects a number of bytes or a size such as "16k", got string "16kb"',
    ],
    [
      'replaceData',
      ['text'],
      'Cannot configure replaceData: argument #1 expects an event, a Message, an array of them or a function, got string "text"',
    ],
    [
      'replaceMessage',
      [[answer, 1]],
      'Cannot configure replaceMessage: argument #1 expects an event, a Message, an array of them or a function, got an array',
    ],
    ['link', ['a', 'b'], 'Cannot configure link: argument #2 expects a function, got string "b"'],
    ['link', [], 'Cannot configure link: argument #1 expects a pipeline name or a function, got undefined'],
    [
      'branch',
      [() => 1, true],
      'Cannot configure branch: argument #2 expects a pipeline name or a function, got boolean true',
    ],
    ['listen', [undefined], 'Cannot configure listen: argument #1 expects a port or "host:port", got undefined'],
    ['listen', [null], 'Cannot configure listen: argument #1 expects a port or "host:port", got undefined'],
    ['pipeline', [1], 'Cannot configure pipeline: argument #1 expects a string, got number 1'],
    ['pack', [Number.NaN], 'Cannot configure pack: argument #1 expects a number, got number NaN'],
    ['serveHTTP', ['hi'], 'Cannot configure serveHTTP: argument #1 expects a Message or a function, got string "hi"'],
    ['dummy', [1], 'Cannot configure dummy: it takes at most 0 arguments, got 1'],
    ['handleMessage', ['1k', () => 1, {}, 4], 'Cannot configure handleMessage: it takes at most 3 arguments, got 4'],
    ['forg', ['a'], 'Cannot call filter "forg": unknown filter; did you mean "fork"?'],
    ['somethingElse', [], 'Cannot call filter "somethingElse": unknown filter'],
    ['toString', [], 'Cannot call filter "toString": unknown filter'],
  ])('%s(%j)', (method, values, message) => {
    const error = refusal(method, ...values)
    expect(error.message).toContain(message)
    expect(error.code).toBe('INVALID_ARGUMENT')
  })

  test('filters that only Pipy has, by name', () => {
    const error = refusal('tap', 10)
    expect([error.code, error.message]).toEqual([
      'UNSUPPORTED',
      'Cannot call filter "tap": Sluice does not have this filter of Pipy',
    ])
    expect([...MISSING_METHODS].filter((name) => Object.hasOwn(CONFIGURATION_METHODS, name))).toEqual([])
  })
})

describe('ScriptConfiguration', () => {
  test('is no promise and nothing that can be changed', async () => {
    const { fluent } = configure()
    expect(await Promise.resolve(fluent)).toBe(fluent)
    expect(() => Object.assign(fluent, { listen: 1 })).toThrow(TypeError)
  })

  test('gives methods that stay bound when they are read as values', () => {
    const { fluent, calls } = configure()
    const { listen } = fluent
    listen?.(8000)
    expect(calls).toEqual([{ method: 'listen', values: [8000] }])
  })

  test('export adds variables', () => {
    const { fluent, configuration } = configure({ _x: 1 })
    expect(fluent['export']?.('main', { __a: 2, __b: 3 })).toBe(fluent)
    expect(configuration.configuration.variables).toEqual({ _x: 1, __a: 2, __b: 3 })
    expect(configuration.variableNames).toEqual(['_x', '__a', '__b'])
  })

  test.each<[values: unknown[], message: string]>([
    [['', { __a: 1 }], 'Cannot export variables: argument #1 expects a namespace that is not empty'],
    [['main'], 'Cannot export variables: argument #2 expects an object'],
    [['main', { _x: 1 }], 'Cannot export variable "_x": the name is taken or empty'],
    [['main', { '': 1 }], 'Cannot export variable "": the name is taken or empty'],
  ])('export refuses %j', (values, message) => {
    expect(() => configure({ _x: 1 }).fluent['export']?.(...values)).toThrow(message)
  })

  test('export refuses a variable that is exported already', () => {
    const { fluent } = configure()
    fluent['export']?.('a', { __a: 1 })
    expect(() => fluent['export']?.('b', { __a: 1 })).toThrow('Cannot export variable "__a": it is exported already')
  })

  test('import says that scripts of several files are not supported', () => {
    expect(() => configure().fluent['import']?.({ __a: 'main' })).toThrow('Cannot import variable "__a"')
  })

  test('every method of the table but listen, pipeline and task is also there for inline pipelines', () => {
    const names = Object.keys(CONFIGURATION_METHODS).filter((name) => !Object.hasOwn(FILTER_METHODS, name))
    expect(names).toEqual(['listen', 'pipeline', 'task'])
  })
})
