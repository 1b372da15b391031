import { describe, expect, test } from 'vitest'
import { Message } from '../../src/events.ts'
import { branch } from '../../src/filters/branch.ts'
import { replaceMessage } from '../../src/filters/replace-message.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('branch', (pipeline) => branch([() => true, pipeline]))

interface Variables {
  path: string
}

const answer = (status: number) => [replaceMessage<Variables>(new Message({ status }))]
const pipelines = { 1: answer(201), 2: answer(202), 3: answer(203) }

function answerOf(cases: Parameters<typeof branch<Variables>>[0], path = '/'): string | undefined {
  return runPipeline([branch(cases)], { variables: { path }, pipelines })
    .feed(new Message({ path }))
    .take()[0]
}

describe('branch', () => {
  test('continues in the pipeline behind the first condition that holds, otherwise in the default', () => {
    const cases = [($: Variables) => $.path === '/a', '1', ($: Variables) => $.path.startsWith('/a'), '2', '3']
    expect(['/a', '/ab', '/b'].map((path) => answerOf(cases, path))).toEqual(['start 201', 'start 202', 'start 203'])
  })

  test('takes the pipeline of a false condition away', () => {
    expect(answerOf([false, '1', () => true, '2'])).toBe('start 202')
    expect(branch([false, 'missing', () => true, '2']).pipelines).toEqual(['2'])
  })

  test('makes a true condition the last', () => {
    expect(answerOf([() => false, '1', true, '2', '3'])).toBe('start 202')
    expect(branch([() => false, '1', true, '2', () => true, 'missing']).pipelines).toEqual(['1', '2'])
  })

  test('passes everything when no pipeline is left', () => {
    expect(answerOf([false, '1'])).toBe('start GET /')
  })

  test('refuses to lead nowhere', () => {
    expect(() => branch([])).toThrow('Cannot configure branch: it leads to one pipeline at least')
  })
})
