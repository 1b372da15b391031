import { expect, test } from 'vitest'
import { describeWorkers } from '../../adapters/node/workers/describe-workers.ts'

test('describeWorkers tells of each worker and sums up what those count that serve', () => {
  expect(
    describeWorkers([
      { number: 1, pid: 11, restartCount: 0, counts: { openCount: 2, acceptedCount: 10 } },
      { number: 2, pid: 22, restartCount: 3, counts: { openCount: 1, acceptedCount: 5 } },
      { number: 3, pid: undefined, restartCount: 1, counts: undefined },
      { number: 4, pid: 44, restartCount: 0, counts: undefined },
    ]).split('\n'),
  ).toEqual([
    'Worker 1: pid 11, 0 restarts, 2 connections open of 10 accepted',
    'Worker 2: pid 22, 3 restarts, 1 connections open of 5 accepted',
    'Worker 3: not running, 1 restarts, waits to be started again',
    'Worker 4: pid 44, 0 restarts, no answer',
    'All workers: 2 of 4 serve, 4 restarts, 3 connections open of 15 accepted',
  ])
})
