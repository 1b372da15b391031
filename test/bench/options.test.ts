import { describe, expect, test } from 'vitest'
import { parseOptions, UsageError } from './options.ts'
import { WORKS } from './works.ts'

describe('parseOptions', () => {
  test('measures every work against every rival when nothing is given', () => {
    const options = parseOptions([])
    expect(options?.works).toEqual(WORKS)
    expect(options).toMatchObject({ against: undefined, ref: undefined, rounds: 5, seconds: 2, warmUpSeconds: 3 })
  })

  test('takes works, rivals and numbers', () => {
    const options = parseOptions(['small', '1m-up', '--against', 'nginx,haproxy', '--rounds', '2', '--seconds', '0.5'])
    expect(options?.works.map((work) => work.name)).toEqual(['small', '1m-up'])
    expect(options).toMatchObject({ against: ['nginx', 'haproxy'], rounds: 2, seconds: 0.5 })
  })

  test('takes several versions of Node', () => {
    expect(parseOptions(['--node', '20,24'])?.nodeMajors).toEqual([20, 24])
  })

  test('shortens everything in a smoke run', () => {
    expect(parseOptions(['--smoke'])).toMatchObject({ isSmoke: true, rounds: 1, seconds: 0.3, warmUpSeconds: 0 })
  })

  test('gives nothing when help is asked for', () => {
    expect(parseOptions(['--help'])).toBeUndefined()
  })

  test.each([
    [['huge'], 'Cannot measure "huge": expected small, 16k, 1m, 1m-up or micro'],
    [['--rounds', '0'], 'Cannot use --rounds "0": expected a whole number from 1 to 1000'],
    [['--rounds', '1.5'], 'Cannot use --rounds "1.5": expected a whole number from 1 to 1000'],
    [['--seconds', 'ten'], 'Cannot use --seconds "ten": expected a number from 0.1 to 600'],
    [['--node', '18'], 'Cannot use --node "18": expected a whole number from 20 to 99'],
    [['--ref', 'main', '--typed'], 'Cannot combine --against, --ref, --typed and --profile: choose one'],
  ])('refuses %j', (words, message) => {
    expect(() => parseOptions(words)).toThrow(new UsageError(message))
  })

  test('refuses an option that does not exist', () => {
    expect(() => parseOptions(['--fast'])).toThrow(UsageError)
  })
})
