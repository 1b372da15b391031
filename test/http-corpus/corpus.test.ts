import { describe, expect, test } from 'vitest'
import { REQUEST_CASES } from './requests/index.ts'
import { RESPONSE_CASES } from './responses/index.ts'

const requests = Object.values(REQUEST_CASES).flat()
const responses = Object.values(RESPONSE_CASES).flat()
const cases = [...requests, ...responses]

/** The published ways to make two readers of a message disagree, by the names that they are known by. */
const ATTACKS = [
  'CL.TE',
  'TE.CL',
  'TE.TE',
  'CL.CL',
  'CL.0',
  '0.CL',
  'TE.0',
  'TERM.EXT',
  'EXT.TERM',
  'TERM.SPILL',
  'SPILL.TERM',
  'chunk-extension tricks',
  'bare LF',
  'bare CR',
  'obs-fold',
  'header-name tricks',
  'Host confusion',
  'RFC 9112 3.2.2',
  'h2c smuggling',
  'WebSocket smuggling',
  'pipelined',
  'response splitting',
  'smuggled in trailers',
  'Connection abuse',
  'spoofed forwarding fields',
]

describe('the corpus', () => {
  test('has more than 300 cases, each with a name of its own', () => {
    expect(cases.length).toBeGreaterThan(300)
    for (const some of [requests, responses]) {
      const names = some.map(({ name }) => name)
      expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
    }
  })

  test('has no bytes twice', () => {
    const texts = [...requests, ...responses].map(
      (given) => `${'request' in given ? given.request : ''} ${given.ends} ${given.bytes}`,
    )
    expect(cases.filter((_, i) => texts.indexOf(texts[i] as string) !== i).map(({ name }) => name)).toEqual([])
  })

  test.each(ATTACKS)('has cases of %s', (attack) => {
    expect(cases.filter(({ source }) => source.includes(attack))).not.toEqual([])
  })

  test.each([400, 414, 431, 501, 505])('has cases that are refused with %i', (status) => {
    expect(requests.filter(({ expect: { refuse } }) => refuse === status)).not.toEqual([])
  })

  test('says of every case what it is from, and is made of bytes', () => {
    expect(cases.filter(({ source }) => source === '')).toEqual([])
    expect(cases.filter(({ bytes }) => /[^\0-\xff]/.test(bytes))).toEqual([])
  })
})
