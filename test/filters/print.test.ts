import { expect, test } from 'vitest'
import { Data, Message, StreamEnd } from '../../src/events.ts'
import { print } from '../../src/filters/print.ts'
import { type Input, runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('print', () => print())

function printed(...inputs: Input[]): string[] {
  return runPipeline([print()])
    .feed(...inputs)
    .proxy.log.messages('info')
}

test('print writes a line at a time, however the data is cut', () => {
  expect(printed('one\r\ntw', 'o\n\nthree')).toEqual(['one', 'two', ''])
})

test('print writes what is left at the end of a message and of the stream', () => {
  expect(printed(new Message(undefined, 'one'), 'two', new StreamEnd())).toEqual(['one', 'two'])
})

test('print writes UTF-8, also a character that is cut, and leaves control characters out', () => {
  const euro = new Data('€\n').bytes
  expect(printed(new Data(euro.slice(0, 2)), new Data(euro.slice(2)), 'a\x1b[31mb\x07\t\x7f\n')).toEqual([
    '€',
    'a[31mb',
  ])
  expect(printed(new Data([0xff, 10]))).toEqual(['\ufffd'])
})

test('print breaks lines after 100 characters', () => {
  expect(printed(`${'x'.repeat(250)}\n`).map((line) => line.length)).toEqual([100, 100, 50])
})
