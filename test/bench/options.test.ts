import { describe, expect, test } from 'vitest'
import { parseOptions, UsageError } from './options.ts'
import { WORKS } from './works.ts'

describe('parseOptions', () => {
  test('measures every work against every rival when nothing is given', () => {
    const options = parseOptions([])
    expect(options?.works).toEqual(WORKS)
    expect(options?.alone).toEqual(['idle', 'start'])
    expect(options).toMatchObject({ against: undefined, ref: undefined, rounds: 5, seconds: 2, warmUpSeconds: 3 })
  })

  test('takes works, rivals and numbers', () => {
    const options = parseOptions(['small', '1m-up', '--against', 'nginx,haproxy', '--rounds', '2', '--seconds', '0.5'])
    expect(options?.works.map((work) => work.name)).toEqual(['small', '1m-up'])
    expect(options).toMatchObject({ against: ['nginx', 'haproxy'], rounds: 2, seconds: 0.5 })
  })

  test('measures Sluice by itself only when that is named', () => {
    expect(parseOptions(['idle'])).toMatchObject({ works: [], alone: ['idle'] })
    expect(parseOptions(['small', '--against', 'nginx'])?.alone).toEqual([])
    expect(parseOptions(['--typed'])?.alone).toEqual([])
  })

  test('takes several versions of Node', () => {
    expect(parseOptions(['--node', '20,24'])?.nodeMajors).toEqual([20, 24])
  })

  test('shortens everything in a smoke run', () => {
    expect(parseOptions(['--smoke'])).toMatchObject({ isSmoke: true, rounds: 1, seconds: 0.3, warmUpSeconds: 0 })
  })

  test('takes all works for the goals, or those that are named', () => {
    expect(parseOptions(['goals', '--write'])).toMatchObject({
      works: WORKS,
      isGoals: true,
      writesGoals: true,
      rounds: 7,
    })
    const options = parseOptions(['goals', 'small', 'latency', '--rounds', '2'])
    expect(options?.works.map((work) => work.name)).toEqual(['small', 'latency'])
    expect(options).toMatchObject({ isGoals: true, writesGoals: false, rounds: 2 })
  })

  test('measures the edge when that is named, and in a smoke run of everything', () => {
    const namesOf = (words: readonly string[]) => parseOptions(words)?.edgeWorks.map((work) => work.name)
    expect(namesOf(['edge'])).toEqual(['small', '16k', '1m', '1m-up'])
    expect(namesOf(['edge', '16k'])).toEqual(['16k'])
    expect(namesOf(['--smoke'])).toEqual(['small', '16k', '1m', '1m-up'])
    expect([namesOf([]), namesOf(['goals']), namesOf(['small', '--smoke'])]).toEqual([[], [], []])
    expect(parseOptions(['edge', '--write'])).toMatchObject({ works: [], alone: [], rounds: 7, writesGoals: true })
  })

  test('measures the balancers when that is named', () => {
    expect(parseOptions(['balancers', '--write'])).toMatchObject({ isBalancers: true, writesGoals: true, rounds: 5 })
    expect(parseOptions(['micro'])).toMatchObject({ isBalancers: false, isMicro: true })
  })

  test('gives nothing when help is asked for', () => {
    expect(parseOptions(['--help'])).toBeUndefined()
  })

  test.each([
    [
      ['huge'],
      'Cannot measure "huge": expected small, 16k, 1m, 1m-up, headers, typed, latency, arrival, routes, idle, start, goals, edge, micro or balancers',
    ],
    [['start', '--ref', 'main'], 'Cannot measure start with --against, --ref, --typed or --profile'],
    [['--rounds', '0'], 'Cannot use --rounds "0": expected a whole number from 1 to 1000'],
    [['--rounds', '1.5'], 'Cannot use --rounds "1.5": expected a whole number from 1 to 1000'],
    [['--seconds', 'ten'], 'Cannot use --seconds "ten": expected a number from 0.1 to 600'],
    [['--node', '18'], 'Cannot use --node "18": expected a whole number from 20 to 99'],
    [['--ref', 'main', '--typed'], 'Cannot combine --against, --ref, --typed and --profile: choose one'],
    [
      ['goals', '--against', 'nginx'],
      'Cannot measure the goals with --against, --ref, --typed, --profile or several versions of Node',
    ],
    [
      ['goals', '--node', '20,24'],
      'Cannot measure the goals with --against, --ref, --typed, --profile or several versions of Node',
    ],
    [
      ['goals', 'small', '--write'],
      'Cannot write the table: --write goes with all that it has, as "goals --write", "edge --write"',
    ],
    [['--write'], 'Cannot write the table: --write goes with all that it has, as "goals --write", "edge --write"'],
    [
      ['edge', '16k', '--write'],
      'Cannot write the table: --write goes with all that it has, as "goals --write", "edge --write"',
    ],
    [
      ['balancers', 'small'],
      'Cannot measure the balancers with anything else: expected no works and no rivals beside it',
    ],
    [
      ['balancers', '--ref', 'main'],
      'Cannot measure the balancers with anything else: expected no works and no rivals beside it',
    ],
    [['edge', 'latency'], 'Cannot measure the edge at "latency": expected small, 16k, 1m, 1m-up'],
    [['edge', 'goals'], 'Cannot measure the edge with goals, micro, --against, --ref, --typed or --profile'],
    [['edge', '--ref', 'main'], 'Cannot measure the edge with goals, micro, --against, --ref, --typed or --profile'],
  ])('refuses %j', (words, message) => {
    expect(() => parseOptions(words)).toThrow(new UsageError(message))
  })

  test('refuses an option that does not exist', () => {
    expect(() => parseOptions(['--fast'])).toThrow(UsageError)
  })
})
