/** What TypeScript makes of a proxy's description. The checks are those of the compiler; running them does little. */
import { expectTypeOf, test } from 'vitest'
import {
  type algo,
  type Configuration,
  type Context,
  type Data,
  type Event,
  type Inbound,
  Message,
  type MessageEnd,
  type MessageStart,
  type PipelineBuilder,
  pipy,
  type ProxyDefinition,
  type StreamEnd,
} from 'sluice'

interface Variables {
  target: string | undefined
  count: number
  cache: algo.Cache<string, number> | undefined
}

const variables: Variables = { target: undefined, count: 0, cache: undefined }
const proxy = (): Configuration<Variables> => pipy(variables).listen(8000)

test('pipy infers the variables from its argument', () => {
  const inferred = pipy({ target: '' as string | undefined, count: 0 })
  expectTypeOf(inferred).toEqualTypeOf<Configuration<{ target: string | undefined; count: number }>>()
  expectTypeOf(pipy(() => ({ count: 0 }))).toEqualTypeOf<Configuration<{ count: number }>>()
  expectTypeOf(pipy()).toEqualTypeOf<Configuration<Record<never, never>>>()
  // @ts-expect-error -- variables are an object
  expectTypeOf(() => pipy(1)).toBeFunction()
})

test('pipy gives callbacks the event first and the context last', () => {
  pipy({ count: 0 })
    .listen(8000)
    .handleSessionStart((event, $) => {
      expectTypeOf(event).toEqualTypeOf<Event>()
      expectTypeOf($.count).toEqualTypeOf<number>()
      expectTypeOf($.__inbound).toEqualTypeOf<Inbound | null>()
      $.count++
      // @ts-expect-error -- only the variables of the proxy are there
      expectTypeOf($.missing).toBeAny()
      // @ts-expect-error -- the connection is nobody's to change
      $.__inbound = null
    })
    .handleData((event) => expectTypeOf(event).toEqualTypeOf<Data>())
    .handleMessageStart((event) => expectTypeOf(event).toEqualTypeOf<MessageStart>())
    .handleMessageEnd((event) => expectTypeOf(event).toEqualTypeOf<MessageEnd>())
    .handleMessage((event, $) => {
      expectTypeOf(event).toEqualTypeOf<Message>()
      expectTypeOf($).toEqualTypeOf<Context<{ count: number }>>()
    })
    .handleMessageBody((event) => expectTypeOf(event).toEqualTypeOf<Data>())
    .handleSessionEnd((event) => expectTypeOf(event).toEqualTypeOf<StreamEnd>())
})

test('Configuration gives itself back from every method, with its variables', () => {
  const described = proxy()
    .pipeline('a')
    .handleData(() => undefined)
    .task(1000)
    .replaceMessage()
    .dummy()
    .print()
  expectTypeOf(described).toEqualTypeOf<Configuration<Variables>>()
  expectTypeOf(described).toExtend<ProxyDefinition<Variables>>()
})

test('PipelineBuilder.filter callbacks that give something know the context', () => {
  proxy()
    .connect(($) => $.target ?? 'h:1')
    .muxHTTP('a', ($) => $.cache?.get('t'))
    .mux('a', ($) => $.count)
    .merge('a', async ($) => $.target)
    .wait(($) => $.count > 0)
    .dump(($) => $.target ?? '')
    .fork('a', ($) => ({ count: $.count + 1 }))
    .fork('a', [{ count: 1 }, { target: 'x' }])
    .replaceMessage((message, $) => new Message({ status: $.count }, message.body))
    .replaceData(async (data, $) => ($.count > 0 ? data : null))
    .replaceSessionEnd((end) => [new Message('bye'), end])
    .serveHTTP((request, $) => new Message({ status: $.count }, request.head.path))
    .serveFetch((request, $) => new Response(`${request.url} ${$.count}`))
  // @ts-expect-error -- a target is text
  expectTypeOf(() => proxy().connect(8080)).toBeFunction()
  // @ts-expect-error -- a target is text, also when a function gives it
  expectTypeOf(() => proxy().connect(($) => $.count)).toBeFunction()
  // @ts-expect-error -- only the variables of the proxy can be set
  expectTypeOf(() => proxy().fork('a', { missing: 1 })).toBeFunction()
  // @ts-expect-error -- events and messages can be output
  expectTypeOf(() => proxy().replaceMessage(() => 'text')).toBeFunction()
})

test('PipelineBuilder takes pipelines by name or as functions of a builder that knows the context', () => {
  proxy()
    .demuxHTTP((p) => {
      expectTypeOf(p).toEqualTypeOf<PipelineBuilder<Variables>>()
      return p.handleMessageStart((message, $) => {
        expectTypeOf(message).toEqualTypeOf<MessageStart>()
        $.target = message.head.path
      })
    })
    .demux((p) => p.link((q) => q.connect(($) => $.target ?? 'h:1')))
    .muxHTTP(
      (p) => p.connect('h:1'),
      ($) => $.count,
      { maxQueue: 1 },
    )
  // @ts-expect-error -- a builder has no listeners
  expectTypeOf(() => proxy().demux((p) => p.listen(8000))).toBeFunction()
  // @ts-expect-error -- a function gives its builder back, so that none is forgotten
  expectTypeOf(() => proxy().demux(() => undefined)).toBeFunction()
  // @ts-expect-error -- a pipeline is no number
  expectTypeOf(() => proxy().demuxHTTP(1)).toBeFunction()
})

test('PipelineBuilder.link takes pipelines, each with its predicate, and a last one without', () => {
  proxy()
    .link('a')
    .link((p) => p.dummy())
    .link('a', ($) => $.count > 0)
    .link('a', ($) => $.count > 0, 'b')
    .link(
      (p) => p.dummy(),
      ($) => Boolean($.target),
      (p) => p.print(),
    )
    .link(
      'a',
      ($) => $.count > 0,
      'b',
      async ($) => $.count < 0,
    )
    .link(
      'a',
      ($) => $.count > 0,
      'b',
      ($) => $.count < 0,
      (p) => p.handleData((_, $) => $.count++),
    )
    .link(
      'a',
      ($) => $.count > 0,
      'b',
      ($) => $.count < 0,
      'c',
      ($) => Boolean($.target),
    )
    .link(
      'a',
      ($) => $.count > 0,
      'b',
      ($) => $.count < 0,
      'c',
      ($) => Boolean($.target),
      'd',
    )
    .link(
      'a',
      ($) => $.count > 0,
      'b',
      ($) => $.count < 0,
      'c',
      ($) => $.count === 0,
      'd',
      ($) => Boolean($.target),
      'e',
    )
    .link(
      'a',
      ($) => $.count,
      'b',
      ($) => $.count,
      'c',
      ($) => $.count,
      'd',
      ($) => $.count,
      'e',
      ($) => $.count,
      'f',
      ($) => $.count,
      'g',
    )
  // @ts-expect-error -- there is one pipeline at least
  expectTypeOf(() => proxy().link()).toBeFunction()
  // @ts-expect-error -- the pipeline comes first
  expectTypeOf(() => proxy().link(($: Context<Variables>) => $.count > 0, 'a')).toBeFunction()
  // @ts-expect-error -- predicates know the variables
  expectTypeOf(() => proxy().link('a', ($) => $.missing)).toBeFunction()
  // @ts-expect-error -- a predicate is a function
  expectTypeOf(() => proxy().link('a', true, 'b')).toBeFunction()
})

test('PipelineBuilder.branch takes conditions, each with its pipeline, and a last pipeline', () => {
  proxy()
    .branch(($) => $.count > 0, 'a')
    .branch(true, 'a', 'b')
    .branch(
      ($) => $.count > 0,
      (p) => p.dummy(),
      (p) => p.print(),
    )
    .branch(
      ($) => $.count > 0,
      'a',
      ($) => $.count < 0,
      'b',
    )
    .branch(($) => $.count > 0, 'a', false, 'b', 'c')
    .branch(
      ($) => $.count > 0,
      'a',
      ($) => $.count < 0,
      'b',
      ($) => Boolean($.target),
      'c',
    )
    .branch(
      ($) => $.count,
      'a',
      ($) => $.count,
      'b',
      ($) => $.count,
      'c',
      ($) => $.count,
      'd',
      'e',
    )
  // @ts-expect-error -- a condition has its pipeline
  expectTypeOf(() => proxy().branch(($: Context<Variables>) => $.count > 0)).toBeFunction()
  // @ts-expect-error -- the condition comes first
  expectTypeOf(() => proxy().branch('a', true)).toBeFunction()
})
