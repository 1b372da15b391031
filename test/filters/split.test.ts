import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { split, type Splitter } from '../../src/filters/split.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('split', () => split(() => 0))
filterCases('split with a separator', () => split('\n'), {
  passes: [new Message({ path: '/' }, 'no separator', { digest: 'x' }), new Data(), new Message({ path: '/empty' })],
})

const NEWLINE = 10

function splitPieces(splitter: Splitter<object>, ...pieces: string[]): string[] {
  return runPipeline([split(splitter)])
    .feed(...pieces)
    .take()
}

describe('split with a function', () => {
  test('cuts behind a byte for a positive number or true', () => {
    const cutBehind = (byte: number): boolean => byte === NEWLINE
    expect(splitPieces(cutBehind, 'a\nbc\n\nd')).toEqual(['data "a\\n"', 'data "bc\\n"', 'data "\\n"', 'data "d"'])
    expect(splitPieces((byte) => (byte === NEWLINE ? 7 : 0), 'a\nb')).toEqual(['data "a\\n"', 'data "b"'])
  })

  test('cuts before a byte for a negative number', () => {
    const cutBefore = (byte: number): number => (byte === NEWLINE ? -1 : 0)
    expect(splitPieces(cutBefore, '\na\n\nb')).toEqual(['data "\\na"', 'data "\\n"', 'data "\\nb"'])
  })

  test('asks once for each byte, and does not cut for anything else', () => {
    const bytes: number[] = []
    expect(splitPieces((byte) => void bytes.push(byte), 'ab', 'c')).toEqual(['data "ab"', 'data "c"'])
    expect(bytes).toEqual([97, 98, 99])
  })

  test('gives the variables of the session', () => {
    const variables = { end: 98 }
    const filter = split<typeof variables>((byte, $) => byte === $.end)
    expect(runPipeline([filter], { variables }).feed('abc').take()).toEqual(['data "ab"', 'data "c"'])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
      'CALLBACK_FAILED',
    ],
    ['is asynchronous', () => Promise.resolve(1), 'INVALID_OUTPUT'],
  ])('ends the pipeline when its function %s', (_, splitter, code) => {
    expect(splitPieces(splitter, 'abc')).toEqual([`close ${code}`])
  })
})

describe('split with a separator', () => {
  test('makes a message of each piece, with the head of the one that it came from', () => {
    const session = runPipeline([split('\n')]).feed(new Message({ path: '/' }, 'a\nb\n\nc', { digest: 'x' }))
    expect(session.take()).toEqual([
      ...['start GET /', 'data "a"', 'end'],
      ...['start GET /', 'data "b"', 'end'],
      ...['start GET /', 'end'],
      ...['start GET /', 'data "c"', 'end {"digest":"x"}'],
    ])
  })

  test('has no piece behind a separator that ends the message', () => {
    const session = runPipeline([split('\n')]).feed(new Message(undefined, 'a\n'), new Message(undefined, '\n'))
    expect(session.take()).toEqual(['start', 'data "a"', 'end', 'start', 'end'])
  })

  test('makes messages of a stream that has none, and ends the last one with it', () => {
    const session = runPipeline([split(new Data('\r\n'))]).feed('a\r', '\nb\rc\r')
    expect(session.take()).toEqual(['start', 'data "a"', 'end', 'start', 'data "b\\rc"'])
    expect(session.feed(new StreamEnd()).take()).toEqual(['data "\\r"', 'end', 'close'])
  })

  test('outputs content as it comes, and holds back no more than the beginning of a separator', () => {
    const session = runPipeline([split('--end--')]).feed('some text --e')
    expect(session.take()).toEqual(['start', 'data "some text "'])
    expect(session.feed('dit').take()).toEqual(['data "--e"', 'data "dit"'])
  })

  test('finds no separator across the end of a message, and gives no head to what follows it', () => {
    const session = runPipeline([split('--')]).feed(new Message({ path: '/' }, 'a-'), '-b', new StreamEnd())
    expect(session.take()).toEqual([
      ...['start GET /', 'data "a"', 'data "-"', 'end'],
      ...['start', 'data "-b"', 'end', 'close'],
    ])
  })

  test('takes the length out of the heads', () => {
    const head = { headers: { 'content-length': '3' } }
    const session = runPipeline([split('\n')]).feed(new Message(head, 'a\nb'))
    for (const event of session.output) {
      if (event instanceof MessageStart) expect(event.head.headers).not.toHaveProperty('content-length')
    }
  })

  test('finds what String.split finds, however the data is cut', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 })
    const separators = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 6 }), separators, (pieces, separator) => {
        const content = pieces.filter((piece) => piece !== '')
        const session = runPipeline([split(separator)]).feed(new MessageStart(), ...content, new MessageEnd())
        const found: string[] = []
        for (const event of session.output) {
          if (event instanceof MessageStart) found.push('')
          else if (event instanceof Data) found.push(`${found.pop()}${event.toString()}`)
        }
        const text = content.join('')
        const expected = text.split(separator)
        if (expected.length > 1 && expected.at(-1) === '') expected.pop()
        expect(found).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('is refused when it is no separator', () => {
    expect(() => split('')).toThrow('Cannot configure split: the separator must have 1 to 1024 bytes, got 0')
    expect(() => split(new Data(1025))).toThrow('got 1025')
    expect(() => split(10 as never)).toThrow('it takes a separator or a function of a byte, got 10')
  })
})
