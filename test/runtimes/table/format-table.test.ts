import { expect, test } from 'vitest'
import { formatTable } from './format-table.ts'
import { readResults, type TestResult } from './read-results.ts'

const result = (runtime: string, feature: string, name: string, reason?: string): TestResult => ({
  runtime,
  feature,
  name,
  status: reason === undefined ? 'passed' : 'skipped',
  reason: reason ?? '',
})

test('formatTable writes features by runtimes, and below it what was skipped and why', () => {
  const results = [
    result('One', 'first', 'a'),
    result('One', 'first', 'b'),
    result('One', 'second', 'c'),
    result('Two', 'first', 'a'),
    result('Two', 'first', 'b', 'declares no upgrade'),
    result('Two', 'second', 'c', 'this machine has none'),
  ]
  expect(formatTable(results, ['first', 'second'], ['One', 'Two'])).toBe(`\
| | One | Two |
|---|:-:|:-:|
| first | ✓ | ✓ <sup>1</sup> |
| second | ✓ | – <sup>2</sup> |

1. not “b”: no \`upgrade\`
2. this machine has none

- no \`upgrade\`: connections cannot be switched to another protocol`)
})

test('formatTable writes no table of a run in which something failed or is missing', () => {
  const results = [result('One', 'first', 'a')]
  expect(() => formatTable([{ ...results[0], status: 'failed' } as TestResult], ['first'], ['One'])).toThrow(
    '"a" (first) failed on One',
  )
  expect(() => formatTable(results, ['first'], ['One', 'Two'])).toThrow('first on Two was not tried')
})

test('readResults finds the tests of the suite in a report, with the reasons of those that were skipped', () => {
  const assertionResults = [
    { ancestorTitles: ['One', 'first'], title: 'a', status: 'passed' },
    { ancestorTitles: ['Two [skipped: none here]', 'first'], title: 'a [skipped: none here]', status: 'pending' },
    { ancestorTitles: ['somewhere else'], title: 'b', status: 'failed' },
  ]
  expect(readResults({ testResults: [{ assertionResults }] }, ['first'])).toEqual([
    { runtime: 'One', feature: 'first', name: 'a', status: 'passed', reason: '' },
    { runtime: 'Two', feature: 'first', name: 'a', status: 'skipped', reason: 'none here' },
  ])
})
