import { describe, expect, test } from 'vitest'
import type { Replacement } from '../../src/engine/callback.ts'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { type Input, ProxyUnderTest, runPipeline, type Session } from '../support/run-pipeline.ts'

/**
 * What every replace… filter makes of its replacement: one line in the test of each.
 * @param input what is replaced
 * @param around what else comes out: before the replacement, and behind it
 */
export function replacementCases<Replaced>(
  name: string,
  create: (replacement?: Replacement<Replaced>) => FilterRecipe,
  input: Input,
  around: { readonly before?: readonly string[]; readonly after?: readonly string[] } = {},
): void {
  const { before = [], after = [] } = around
  const outputOf = (replacement?: Replacement<Replaced>): string[] => replacedBy(replacement).take()
  const replacedBy = (replacement?: Replacement<Replaced>): Session => runPipeline([create(replacement)]).feed(input)
  const framed = (...output: string[]): string[] => [...before, ...output, ...after]

  describe(`the replacement of ${name}`, () => {
    test('is nothing when there is none', () => {
      expect(outputOf()).toEqual(framed())
      expect(outputOf(null)).toEqual(framed())
      expect(outputOf(() => undefined)).toEqual(framed())
      expect(outputOf([null, undefined])).toEqual(framed())
    })

    test('is an event, a Message or several', () => {
      const several = [new Data('a'), null, new Message({ status: 404 }, 'b', { c: 'd' }), undefined, new MessageEnd()]
      const expected = framed('data "a"', 'start 404', 'data "b"', 'end {"c":"d"}', 'end')
      expect(outputOf(several)).toEqual(expected)
      expect(outputOf(() => several)).toEqual(expected)
      expect(outputOf(new StreamEnd())).toEqual(framed('close'))
    })

    test('is a Message without a body when it has none or an empty one', () => {
      expect(outputOf([new Message({ status: 204 }), new Message({ status: 200 }, '')])).toEqual(
        framed('start 204', 'end', 'start 200', 'end'),
      )
    })

    test('may be a promise', async () => {
      const session = replacedBy(() => Promise.resolve(new Data('late')))
      expect(session.take()).toEqual(before)
      expect(await session.settle()).toEqual(['data "late"', ...after])
    })

    test.each([
      ['text', 'the string "text"'],
      [5, 'number 5'],
      [{ status: 200 }, 'an object'],
      [[[new Data('x')]], 'an array inside an array'],
      [[new Data('x'), false], 'boolean false'],
    ])('fails with INVALID_OUTPUT when a callback gives %j, and outputs nothing of it', async (output, description) => {
      for (const given of [output, Promise.resolve(output)]) {
        const session = replacedBy((() => given) as () => never)
        expect(await session.settle()).toEqual([...before, 'close INVALID_OUTPUT'])
        const expected = 'expected an event, a Message, an array of them or nothing'
        const text = `Cannot output ${description} from ${name} in listen 8000: ${expected}`
        expect(session.proxy.log.messages('error')).toEqual([text])
      }
    })

    test('fails with CALLBACK_FAILED when a callback throws', () => {
      const session = replacedBy(() => {
        throw new Error('no')
      })
      expect(session.take()).toEqual([...before, 'close CALLBACK_FAILED'])
    })

    test('is refused when it is a constant that cannot be output', () => {
      const text = `Cannot configure ${name}: the replacement must be an event, a Message, an array of them or a function`
      expect(() => create('text' as never)).toThrow(text)
      expect(() => create({ status: 404 } as never)).toThrow(text)
    })

    test('may be used again and again, whatever is done to what came out', () => {
      const constant = new Message({ status: 200, headers: { 'set-cookie': ['a'] } }, 'body')
      const proxy = new ProxyUnderTest([create([constant, new Data('raw')])])
      const expected = framed('start 200', 'data "body"', 'end', 'data "raw"')
      for (let i = 0; i < 3; i++) {
        const session = proxy.open().feed(input)
        expect(session.take()).toEqual(expected)
        const start = session.output.find((event) => event instanceof MessageStart && event.head.status === 200)
        const { head } = start as MessageStart
        expect({ ...head.headers }).toEqual({ 'set-cookie': ['a'] })
        head.headers['set-cookie']?.push('b')
        head.headers['x-mine'] = 'y'
        head.status = 500
      }
      expect(constant.body?.size).toBe(4)
    })
  })
}
