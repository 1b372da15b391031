import { expect, test } from 'vitest'
import { pipy } from 'sluice'
import { Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import readme from '../../src/filters/README.md?raw'
import { PipelineBuilder } from '../../src/pipeline-builder.ts'
import { ProxyUnderTest, runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'
import { limitBody } from './limit-body.ts'
import example from './limit-body.ts?raw'

filterCases('limitBody, the example in the page on filters', () => limitBody(100))

test('the page on filters shows the example that is tested here', () => {
  expect(readme).toContain(example.trim())
})

test('the example does what it says', () => {
  const proxy = new ProxyUnderTest([limitBody(4)])
  const session = proxy.open().feed(new Message({ path: '/1' }, '1234'), new MessageStart({ path: '/2' }), '123', '45')
  expect(session.take()).toEqual([
    'start GET /1',
    'data "1234"',
    'end',
    'start GET /2',
    'data "123"',
    'close BODY_TOO_LARGE',
  ])
  expect(session.feed('6', new MessageEnd(), new StreamEnd()).take()).toEqual([])
  proxy.stop()
  expect(proxy.log.messages('info')).toEqual(['limitBody refused 1 messages'])
})

test('the example joins a pipeline as the page says', () => {
  const [listener] = pipy().listen(8000).filter(limitBody(4)).listeners
  expect(
    runPipeline(listener?.filters ?? [])
      .feed('12345')
      .take(),
  ).toEqual(['close BODY_TOO_LARGE'])
})

test('the page on filters has a row for each method of a pipeline', () => {
  const methods = Object.getOwnPropertyNames(PipelineBuilder.prototype)
  const inherited = ['constructor', 'filters', 'filter', 'currentFilters']
  for (const method of methods.filter((name) => !inherited.includes(name))) {
    expect(readme).toMatch(new RegExp(`\`${method}[(\`]`))
  }
})
