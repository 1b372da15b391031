import { describe, expect, test } from 'vitest'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { Message, StreamEnd } from '../../src/events.ts'
import { describeEvent } from '../support/describe-event.ts'
import { type Input, ProxyUnderTest, type Session } from '../support/run-pipeline.ts'
import { ManualFilter } from '../support/manual-filter.ts'

/** What a filter does differently from one that passes everything. */
export interface FilterCases {
  /** What it must pass unchanged and at once. @default a message, bytes outside of messages, and a flush */
  readonly passes?: readonly Input[]
  /** What makes it begin, before the output becomes full. @default the bytes "begin" */
  readonly begin?: readonly Input[]
  /** What it outputs when a stream ends that had nothing in it. @default ['close'] */
  readonly atEnd?: readonly string[]
}

const MESSAGE = new Message({ method: 'POST', path: '/', headers: { host: 'example.test' } }, 'body', { digest: 'x' })

/**
 * What every filter promises, whatever else it does: one line in the test of each.
 * @param create the filter; `pipeline` is the name of one that passes everything, for filters that lead to others
 */
export function filterCases(name: string, create: (pipeline: string) => FilterRecipe, cases: FilterCases = {}): void {
  const { passes = [MESSAGE, 'raw', new Message(undefined, 'second')], begin = ['begin'], atEnd = ['close'] } = cases
  const open = (other: FilterRecipe[] = []): Session =>
    new ProxyUnderTest([create('other')], { pipelines: { other } }).open()

  describe(name, () => {
    test('passes what it does not handle, unchanged and in order', async () => {
      const session = open().feed(...passes)
      const expected = describeInputs(passes)
      expect(await session.settle()).toEqual(expected)
    })

    test('ends when its input ends', async () => {
      expect(await open().feed(new StreamEnd()).settle()).toEqual(atEnd)
    })

    test('hands on why its input ended', async () => {
      const error = new Error('broken')
      const session = open().feed(new StreamEnd(error))
      await session.settle()
      expect(session.output.at(-1)).toMatchObject({ type: 'StreamEnd', error })
    })

    test('stops its source, or the pipeline it leads to, while its output is full', async () => {
      const other = new ManualFilter()
      const session = open([other.recipe]).feed(...begin)
      await session.settle()
      const pauses = (): number => session.pauses + (other.sessions[0]?.pauses ?? 0)
      const before = pauses()
      session.pipeline.pause()
      expect(pauses()).toBe(before + 1)
      session.pipeline.pause()
      session.pipeline.resume()
      expect(pauses()).toBeGreaterThan(before)
      session.pipeline.resume()
      expect(pauses()).toBe(before)
    })

    test('gives up everything when it is closed in the middle', async () => {
      const other = new ManualFilter()
      const session = open([other.recipe]).feed(...begin)
      await session.settle()
      session.close()
      session.proxy.stop()
      expect([session.pauses, session.proxy.transport.timerCount]).toEqual([0, 0])
      expect(other.sessions.map(({ closeCount }) => closeCount)).toEqual(other.sessions.map(() => 1))
      await session.proxy.transport.advance(60_000)
      expect(await session.settle()).toEqual([])
    })

    test('keeps the sessions of one position apart', async () => {
      const proxy = new ProxyUnderTest([create('other')], { pipelines: { other: [] } })
      const [first, second] = [proxy.open(), proxy.open()]
      first.feed(...begin)
      second.feed(...passes)
      expect(await second.settle()).toEqual(describeInputs(passes))
    })
  })
}

function describeInputs(inputs: readonly Input[]): string[] {
  const sink: string[] = []
  const proxy = new ProxyUnderTest([])
  const session = proxy.open().feed(...inputs)
  for (const event of session.output) sink.push(describeEvent(event))
  return sink
}
