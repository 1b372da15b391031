import { describe, expect, test } from 'vitest'
import { buildProxy } from '../../src/engine/build-proxy.ts'
import type { FilterRecipe, PipelineReference } from '../../src/engine/filter-recipe.ts'
import type { ProxyDefinition } from '../../src/engine/proxy-definition.ts'
import { Data } from '../../src/events.ts'
import { FULL_CAPABILITIES } from '../support/full-capabilities.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { describeFilter } from './described-filter.ts'
import { openPipeline } from './open-pipeline.ts'
import { PlayedTransport } from './played-transport.ts'

const surroundings = { transport: new PlayedTransport(), log: new RecordingLog() }

/** A filter that continues in another pipeline, as link does. */
function lead(...references: PipelineReference[]): FilterRecipe {
  return {
    name: 'lead',
    bind: (scope) => {
      const [layout] = references.map((reference) => scope.layout(reference))
      if (layout === undefined) throw new Error('A filter of the test leads nowhere')
      return (pipeline) =>
        describeFilter('lead', {
          process: (event, filter) => layout.open(pipeline.context, filter.next, filter.prev).process(event),
        }).bind(scope)(pipeline)
    },
  }
}

const tag = (name: string): FilterRecipe =>
  describeFilter(name, { process: (event, { next }) => next.process(new Data(`${(event as Data).toString()}${name}`)) })

function define(parts: Partial<ProxyDefinition>): ProxyDefinition {
  return { variables: {}, listeners: [], tasks: [], pipelines: new Map(), ...parts }
}

const listen = (filters: readonly FilterRecipe[], port = 8000, host = '') => ({ host, port, options: {}, filters })

function refusal(definition: ProxyDefinition): unknown {
  try {
    buildProxy(definition, surroundings)
  } catch (error) {
    return error
  }
  return undefined
}

describe('buildProxy', () => {
  test('gives listeners and tasks in the order in which they were described, with titles for messages', () => {
    const { listeners, tasks } = buildProxy(
      define({
        listeners: [listen([], 8000), listen([], 8001, '::1')],
        tasks: [
          { intervalMs: undefined, filters: [] },
          { intervalMs: 10, filters: [] },
        ],
      }),
      surroundings,
    )
    expect(listeners.map(({ layout, definition }) => [layout.title, definition.port])).toEqual([
      ['listen 8000', 8000],
      ['listen [::1]:8001', 8001],
    ])
    expect(tasks.map(({ layout }) => layout.title)).toEqual(['task 1', 'task 2'])
  })

  test('refuses an unknown pipeline with those that exist and with who leads to it', () => {
    const pipelines = new Map([
      ['routing', [lead('forward')]],
      ['404', []],
    ])
    expect(refusal(define({ pipelines }))).toMatchObject({
      code: 'UNKNOWN_PIPELINE',
      message: 'Cannot find pipeline "forward" that lead in pipeline "routing" leads to: there are "routing", "404"',
    })
    expect(refusal(define({ listeners: [listen([lead('a')])] }))).toMatchObject({
      message: 'Cannot find pipeline "a" that lead in listen 8000 leads to: there are none',
    })
    expect(refusal(define({ tasks: [{ intervalMs: undefined, filters: [lead('a')] }] }))).toMatchObject({
      message: 'Cannot find pipeline "a" that lead in task 1 leads to: there are none',
    })
  })

  test('names the filter itself, not one of its inline pipelines, when a later name is unknown', () => {
    const inline = { filters: [tag('x')] }
    expect(refusal(define({ pipelines: new Map([['a', [lead(inline, 'b')]]]) }))).toMatchObject({
      message: 'Cannot find pipeline "b" that lead in pipeline "a" leads to: there are "a"',
    })
  })

  test('names an inline pipeline by the filter that it belongs to', () => {
    const inline = { filters: [lead('b')] }
    expect(refusal(define({ pipelines: new Map([['a', [lead(inline)]]]) }))).toMatchObject({
      message: 'Cannot find pipeline "b" that lead in the pipeline of lead in pipeline "a" leads to: there are "a"',
    })
  })

  test('lets pipelines lead to later ones, to themselves, to inline ones and to the empty one', () => {
    const { pipeline, output } = openPipeline([tag('1'), lead('a'), tag('5')], {
      pipelines: { a: [tag('2'), lead({ filters: [tag('3'), lead('b')] })], b: [tag('4'), lead('')], c: [lead('c')] },
    })
    pipeline.process(new Data('>'))
    expect(output).toEqual(['Data(>12345)'])
  })

  test('binds each position once, also a recipe that stands in two places', () => {
    let bound = 0
    let opened = 0
    const recipe: FilterRecipe = {
      name: 'counting',
      bind: (scope) => {
        bound++
        const create = describeFilter('counting').bind(scope)
        return (pipeline) => {
          opened++
          return create(pipeline)
        }
      },
    }
    const { pipeline } = openPipeline([recipe, recipe])
    pipeline.layout.open(
      pipeline.context,
      { process: () => undefined },
      { pause: () => undefined, resume: () => undefined },
    )
    expect([bound, opened]).toEqual([2, 4])
  })

  test('binds anew in each build, so that two proxies from one description share nothing', () => {
    let bound = 0
    const recipe: FilterRecipe = {
      name: 'counting',
      bind: (scope) => (bound++, describeFilter('counting').bind(scope)),
    }
    const definition = define({ pipelines: new Map([['a', [recipe]]]) })
    buildProxy(definition, surroundings)
    buildProxy(definition, surroundings)
    expect(bound).toBe(2)
  })

  test('drain and stop tell the filters that asked for it, in the order of the pipelines', () => {
    const told: string[] = []
    const asking = (name: string): FilterRecipe => ({
      name,
      bind: (scope) => {
        scope.onDrain(() => told.push(`drain ${name}`))
        scope.onStop(() => told.push(`stop ${name}`))
        return describeFilter(name).bind(scope)
      },
    })
    const proxy = buildProxy(
      define({
        listeners: [listen([asking('c')])],
        pipelines: new Map([
          ['a', [asking('a')]],
          ['b', [asking('b')]],
        ]),
      }),
      surroundings,
    )
    expect(told).toEqual([])
    proxy.drain()
    proxy.stop()
    expect(told).toEqual(['drain a', 'drain b', 'drain c', 'stop a', 'stop b', 'stop c'])
  })

  test('passes on what a filter refuses when it is bound', () => {
    const error = new Error('no certificate')
    const refusing: FilterRecipe = {
      name: 'refusing',
      bind: () => {
        throw error
      },
    }
    expect(refusal(define({ pipelines: new Map([['a', [refusing]]]) }))).toBe(error)
  })
})

describe('buildProxy on a runtime that lacks something', () => {
  const lacking = (capability: 'background' | 'sharedSockets') => {
    const transport = Object.create(new PlayedTransport(), {
      name: { value: 'edge' },
      capabilities: { value: { ...FULL_CAPABILITIES, [capability]: false } },
    }) as PlayedTransport
    return { ...surroundings, transport }
  }
  const needy = { ...tag('needy'), requires: [{ capability: 'sharedSockets', instead: 'use another one' }] } as const

  test('refuses a filter that requires it, and names the filter, its pipeline, the runtime and what to use', () => {
    const definition = define({ pipelines: new Map([['log', [needy]]]) })
    expect(() => buildProxy(definition, lacking('sharedSockets'))).toThrow(
      'Cannot use needy in pipeline "log" on edge, which lacks "sharedSockets": use another one',
    )
    expect(() => buildProxy(definition, lacking('background'))).not.toThrow()
  })

  test('refuses tasks where nothing runs without a client', () => {
    const definition = define({ tasks: [{ intervalMs: 10, filters: [] }] })
    expect(() => buildProxy(definition, lacking('background'))).toThrow('Cannot use task 1 on edge')
    expect(() => buildProxy(definition, lacking('sharedSockets'))).not.toThrow()
  })
})
