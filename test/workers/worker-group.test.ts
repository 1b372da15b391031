import { expect, test } from 'vitest'
import { WorkerGroup } from '../../adapters/node/workers/worker-group.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { FakeWorker } from './support/fake-worker.ts'

const ADDRESSES = [{ host: '127.0.0.1', port: 8000 }]

class GroupUnderTest {
  readonly clock = new VirtualClock()
  readonly log = new RecordingLog()
  /** All that were ever started. */
  readonly workers: FakeWorker[] = []
  readonly group: WorkerGroup

  constructor(workerCount: number) {
    const { clock } = this
    this.group = new WorkerGroup({
      workerCount,
      drainTimeoutMs: 10_000,
      log: this.log,
      clock: { now: () => clock.now, setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs) },
      startWorker: (number, handler) => {
        const worker = new FakeWorker(number, 100 + this.workers.length, handler)
        this.workers.push(worker)
        return worker
      },
      openShares: async () => [[]],
    })
    this.group.start()
  }

  /** One whose workers all serve. */
  static async serving(workerCount: number): Promise<GroupUnderTest> {
    const test = new GroupUnderTest(workerCount)
    for (let i = 0; i < workerCount; i++) test.worker(i).tell({ sluice: 'started', addresses: ADDRESSES })
    expect(await test.group.started).toEqual(ADDRESSES)
    return test
  }

  worker(index: number): FakeWorker {
    const worker = this.workers.at(index)
    if (worker === undefined) throw new Error(`Cannot take worker ${index}: ${this.workers.length} were started`)
    return worker
  }

  /** The last one that was started serves. */
  startLast(): void {
    this.worker(-1).tell({ sluice: 'started', addresses: ADDRESSES })
  }

  /** Lets time pass. */
  pass(durationMs: number): void {
    const end = this.clock.now + durationMs
    while (this.clock.fireNext(end));
    this.clock.skipTo(end)
  }
}

test('WorkerGroup starts one worker, and the others when that serves', () => {
  const test = new GroupUnderTest(3)
  expect(test.workers.map(({ number }) => number)).toEqual([1])
  test.startLast()
  expect(test.workers.map(({ number }) => number)).toEqual([1, 2, 3])
})

test('WorkerGroup ends with what a worker says that cannot run, and starts no other', async () => {
  const test = new GroupUnderTest(2)
  test.worker(0).tell({ sluice: 'failed', text: 'sluice: Cannot read "x"', exitCode: 1 })
  expect(await test.group.ended).toEqual({ exitCode: 1, text: 'sluice: Cannot read "x"' })
  expect(test.workers).toHaveLength(1)
})

test('WorkerGroup ends when a worker dies before all of them served', async () => {
  const test = new GroupUnderTest(2)
  test.startLast()
  test.worker(1).end(7)
  expect(await test.group.ended).toEqual({
    exitCode: 1,
    text: 'sluice: Cannot start: worker 2 ended with exit code 7 before it served',
  })
  expect(test.worker(0).isAlive).toBe(false)
})

test('WorkerGroup starts a worker again that died: at once, then after ever longer times', async () => {
  const test = await GroupUnderTest.serving(2)
  const delays: number[] = []
  for (let i = 0; i < 4; i++) {
    const count = test.workers.length
    test.worker(-1).end(null, 'SIGKILL')
    const diedAt = test.clock.now
    while (test.workers.length === count) test.clock.fireNext(Number.POSITIVE_INFINITY)
    delays.push(test.clock.now - diedAt)
    test.startLast()
  }
  expect(delays).toEqual([0, 100, 200, 400])
  expect(test.workers.map(({ number }) => number)).toEqual([1, 2, 2, 2, 2, 2])
  expect(test.log.messages('error').slice(0, 2)).toEqual([
    'Worker 2 (pid 101) was killed by SIGKILL; starting it again',
    'Worker 2 (pid 102) was killed by SIGKILL; starting it again in 100 ms',
  ])
  expect(test.log.messages('info')[0]).toBe('Worker 2 serves again, as process 102')
  expect(test.group.slots.map(({ restartCount }) => restartCount)).toEqual([0, 4])
})

test('WorkerGroup gives up when no worker comes to serve any more, six times in a row', async () => {
  const test = await GroupUnderTest.serving(2)
  for (const worker of [test.worker(0), test.worker(1)]) worker.end(1)
  let isOver = false
  void test.group.ended.then(() => (isOver = true))
  for (let i = 0; !isOver && i < 100; i++) {
    test.pass(10_000)
    for (const worker of test.workers) worker.end(1)
    await Promise.resolve()
  }
  expect(await test.group.ended).toEqual({
    exitCode: 1,
    text: 'sluice: Cannot go on: each worker ended 6 times in a row before it served; the last one ended with exit code 1',
  })
  expect(test.workers).toHaveLength(2 + 2 * 6)
})

test('WorkerGroup goes on as long as one worker serves, however often another one fails', async () => {
  const test = await GroupUnderTest.serving(2)
  for (let i = 0; i < 20; i++) {
    test.worker(-1).end(1)
    test.pass(10_000)
  }
  expect(test.workers).toHaveLength(22)
  expect(test.worker(0).isAlive).toBe(true)
})

test('WorkerGroup.stop lets all workers drain and ends with 0 when they have', async () => {
  const test = await GroupUnderTest.serving(2)
  test.group.stop()
  await new Promise(setImmediate)
  expect(test.workers.map(({ received }) => received.at(-1))).toEqual([{ sluice: 'drain' }, { sluice: 'drain' }])
  for (const worker of test.workers) worker.end(0)
  expect(await test.group.ended).toEqual({ exitCode: 0 })
  expect(test.workers).toHaveLength(2)
})

test.each([
  ['ends with another exit code', 1, null],
  ['is killed', null, 'SIGKILL'],
] as const)('WorkerGroup.stop ends with 1 when a worker %s while it drains', async (_, exitCode, signal) => {
  const test = await GroupUnderTest.serving(2)
  test.group.stop()
  test.worker(0).end(exitCode, signal)
  test.worker(1).end(0)
  expect(await test.group.ended).toEqual({ exitCode: 1 })
})

test('WorkerGroup.stop kills workers that do not end in time', async () => {
  const test = await GroupUnderTest.serving(2)
  test.group.stop()
  test.worker(0).end(0)
  test.pass(14_999)
  expect(test.worker(1).isAlive).toBe(true)
  test.pass(1)
  expect(await test.group.ended).toEqual({ exitCode: 1 })
  expect(test.log.messages('error')).toEqual(['Killing worker 2 (pid 101): it did not end when it was told to'])
})

test('WorkerGroup.stop starts nobody who waits to be started again', async () => {
  const test = await GroupUnderTest.serving(1)
  test.worker(0).end(1)
  test.group.stop()
  expect(await test.group.ended).toEqual({ exitCode: 0 })
  test.pass(60_000)
  expect(test.workers).toHaveLength(1)
})

test('WorkerGroup.stop while it starts ends with 0', async () => {
  const test = new GroupUnderTest(2)
  test.group.stop()
  test.worker(0).end(null, 'SIGINT')
  expect(await test.group.ended).toEqual({ exitCode: 0 })
})

test('WorkerGroup lets a worker drain that was told to stop by itself, and fills its place at once', async () => {
  const test = await GroupUnderTest.serving(2)
  for (let i = 0; i < 3; i++) {
    const worker = test.worker(-1)
    worker.tell({ sluice: 'told-to-stop' })
    worker.tell({ sluice: 'told-to-stop' })
    test.pass(100)
    expect(worker.received.filter(({ sluice }) => sluice === 'drain')).toHaveLength(1)
    worker.end(0)
    test.pass(0)
    test.startLast()
  }
  expect(test.workers.map(({ number }) => number)).toEqual([1, 2, 2, 2, 2])
  expect(test.log.messages('error')).toEqual([])
})

test('WorkerGroup takes a signal to a worker and to itself for one', async () => {
  const test = await GroupUnderTest.serving(2)
  for (const worker of test.workers) worker.tell({ sluice: 'told-to-stop' })
  test.group.stop()
  test.pass(100)
  await new Promise(setImmediate)
  for (const worker of test.workers) {
    expect(worker.received.filter(({ sluice }) => sluice === 'drain')).toHaveLength(1)
    worker.end(0)
  }
  expect(await test.group.ended).toEqual({ exitCode: 0 })
  expect(test.workers).toHaveLength(2)
})

test('WorkerGroup ends with the exit code that a script calls for', async () => {
  for (const exitCode of [0, 3]) {
    const test = await GroupUnderTest.serving(2)
    test.worker(1).tell({ sluice: 'exit', exitCode })
    expect(await test.group.ended).toEqual({ exitCode })
    expect(test.worker(0).isAlive).toBe(false)
  }
})

test('WorkerGroup.count asks those who serve, and waits a second for those who do not answer', async () => {
  const test = await GroupUnderTest.serving(2)
  const counting = test.group.count()
  const counts = { openCount: 1, acceptedCount: 2 }
  test.worker(0).tell({ sluice: 'counts', ...counts })
  test.pass(1000)
  await counting
  expect(test.group.slots.map((slot) => slot.counts)).toEqual([expect.objectContaining(counts), undefined])
})

test('WorkerGroup.count does not wait for a worker that dies', async () => {
  const test = await GroupUnderTest.serving(1)
  const counting = test.group.count()
  test.worker(0).end(1)
  await counting
  expect(test.group.slots[0]?.counts).toBeUndefined()
})
