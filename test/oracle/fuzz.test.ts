import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toBytes } from '../http/bytes.ts'
import { explainDifference } from './explain-difference.ts'
import { checkInput } from './fuzz/check-input.ts'
import { FuzzFailure, fuzzInput, noResult } from './fuzz/fuzz-inputs.ts'
import { generateInput } from './fuzz/generate-input.ts'
import { runFuzz } from './fuzz/run-fuzz.ts'
import { NodeServerReader } from './readers/node-server.ts'
import { sluiceReader } from './readers/sluice-reader.ts'

/** `npm run fuzz` runs many more, from a seed of its own. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)
const INPUTS = 5_000
const NODE_INPUTS = 1_000

describe('MessageDecoder and MessageEncoder', () => {
  test(`keep their promises for ${INPUTS} generated inputs of seed ${SEED}`, { timeout: 60_000 }, () => {
    const result = noResult()
    for (let number = 0; number < INPUTS; number++) fuzzInput(SEED, number, result)
    expect(result.inputs).toBe(INPUTS)
    // Inputs of which none is refused, or all are, would show nothing.
    expect(result.refused).toBeGreaterThan(INPUTS / 4)
    expect(result.messages).toBeGreaterThan(INPUTS / 2)
    expect(result.differences.size).toBeGreaterThan(20)
  })

  describe('beside the server of Node', () => {
    let node: NodeServerReader
    beforeAll(async () => {
      node = await NodeServerReader.start()
    })
    afterAll(() => node.close())

    test(`read ${NODE_INPUTS} generated inputs the same, or differ for a reason`, { timeout: 60_000 }, async () => {
      let count = 0
      for (let number = 0; count < NODE_INPUTS; number++) {
        const { text, options } = generateInput(SEED, number)
        if (!options.isRequest) continue
        count++
        const bytes = toBytes(text)
        const ours = sluiceReader.read(bytes, options)
        const theirs = await node.read(bytes, options)
        const difference = explainDifference({ reader: node.name, options, text, ours, theirs })
        if (difference !== undefined && difference.what === undefined)
          throw new Error(`Input ${number}: ${difference.shown}`)
      }
    })
  })
})

describe('generateInput', () => {
  test('gives the same input for the same seed and number, and another one for others', () => {
    expect(generateInput(3, 7)).toEqual(generateInput(3, 7))
    const texts = [generateInput(3, 7), generateInput(3, 8), generateInput(4, 7)].map(({ text }) => text)
    expect(new Set(texts).size).toBe(3)
  })

  test('gives valid messages, mutated ones and noise, of requests and answers', () => {
    const inputs = Array.from({ length: 500 }, (_, number) => generateInput(1, number))
    expect(inputs.filter(({ meaning }) => meaning !== undefined).length).toBeGreaterThan(100)
    expect(inputs.filter(({ meaning }) => meaning === undefined).length).toBeGreaterThan(100)
    expect(inputs.filter(({ options }) => options.isRequest).length).toBeGreaterThan(100)
    expect(inputs.filter(({ options }) => !options.isRequest).length).toBeGreaterThan(100)
  })
})

describe('checkInput', () => {
  const options = { isRequest: true, requestMethod: 'GET', ends: false }

  test('finds a message that is not read as what it says', () => {
    const text = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    const meaning = [{ start: 'GET /', fields: [['host', 'b']] as const, body: '' }]
    expect(() => checkInput({ text, options, meaning, cuts: [] })).toThrow('a valid message is read as what it says')
  })

  test('takes a message that is refused for a reason', () => {
    const text = 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'
    const { isRefused, differences } = checkInput({ text, options, meaning: undefined, cuts: [3] })
    expect(isRefused).toBe(true)
    expect(differences).toContain('llhttp, stricter: Host that is no host with an optional port')
  })
})

describe('runFuzz', () => {
  test('runs all inputs in workers', { timeout: 30_000 }, async () => {
    const result = await runFuzz({ seed: SEED, inputs: 101, workers: 2, onProgress: () => undefined })
    const alone = noResult()
    for (let number = 0; number < 101; number++) fuzzInput(SEED, number, alone)
    expect({ ...result, differences: [...result.differences].sort() }).toEqual({
      ...alone,
      differences: [...alone.differences].sort(),
    })
  })

  test('tells how to run an input that fails alone', () => {
    const { message } = new FuzzFailure(5, 9, new Error('broken'))
    expect(message).toContain('broken')
    expect(message).toContain('FUZZ_SEED=5 FUZZ_INPUT=9 npm run fuzz')
  })
})
