import { expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import type { SocketHandle } from '../../adapters/node/workers/messages.ts'
import { type OpenShares, SharedPorts } from '../../adapters/node/workers/shared-ports.ts'
import { FakeWorker } from './support/fake-worker.ts'

const ADDRESS = { host: '', port: 80 }

class FakeHandle implements SocketHandle {
  isClosed = false

  getsockname(): number {
    return 0
  }

  close(): void {
    this.isClosed = true
  }
}

/** Ports whose shares are two sockets for each worker, as where the system balances among them. */
function balanced(): { readonly open: OpenShares; readonly handles: FakeHandle[]; readonly openCount: () => number } {
  const handles: FakeHandle[] = []
  let openCount = 0
  const create = (): FakeHandle => {
    const handle = new FakeHandle()
    handles.push(handle)
    return handle
  }
  const open: OpenShares = async (_, count) => {
    openCount++
    return Array.from({ length: count }, () => [create(), create()])
  }
  return { open, handles, openCount: () => openCount }
}

/** One socket for all, as on Node 20. */
const single: OpenShares = async () => [[new FakeHandle()]]

async function start(ports: SharedPorts, worker: FakeWorker): Promise<FakeWorker> {
  await ports.listen(worker, 'a', ADDRESS)
  ports.add(worker)
  return worker
}

test('SharedPorts opens a port once and gives each worker a share of its own', async () => {
  const { open, openCount, handles } = balanced()
  const ports = new SharedPorts(3, open)
  const workers = [new FakeWorker(1, 1), new FakeWorker(2, 2), new FakeWorker(3, 3)]
  await Promise.all(workers.map((worker) => start(ports, worker)))
  expect(workers.map(({ shares }) => shares)).toEqual([['a/0'], ['a/1'], ['a/2']])
  expect(workers.flatMap((worker) => worker.handles)).toEqual(handles)
  expect(openCount()).toBe(1)
})

test('SharedPorts lets another worker accept for one that is away, until it is back', async () => {
  const ports = new SharedPorts(2, balanced().open)
  const first = await start(ports, new FakeWorker(1, 1))
  const second = await start(ports, new FakeWorker(2, 2))
  second.isAlive = false
  ports.remove(second)
  expect(first.shares).toEqual(['a/0', 'a/1'])
  const again = new FakeWorker(2, 3)
  await ports.listen(again, 'a', ADDRESS)
  // It may still have to listen elsewhere, and fail.
  expect(first.shares).toEqual(['a/0', 'a/1'])
  ports.add(again)
  expect([first.shares, again.shares]).toEqual([['a/0'], ['a/1']])
})

test('SharedPorts hands on what a worker looked after for others', async () => {
  const ports = new SharedPorts(3, balanced().open)
  const [first, second, third] = [new FakeWorker(1, 1), new FakeWorker(2, 2), new FakeWorker(3, 3)]
  for (const worker of [first, second, third]) await start(ports, worker)
  ports.remove(first)
  ports.remove(second)
  expect([...third.shares].sort()).toEqual(['a/0', 'a/1', 'a/2'])
})

test('SharedPorts gives the first worker that comes back what nobody listens on', async () => {
  const ports = new SharedPorts(2, balanced().open)
  const first = await start(ports, new FakeWorker(1, 1))
  const second = await start(ports, new FakeWorker(2, 2))
  ports.remove(first)
  ports.remove(second)
  const again = await start(ports, new FakeWorker(2, 3))
  expect([...again.shares].sort()).toEqual(['a/0', 'a/1'])
})

test('SharedPorts lets nobody look after a share that was never in use', async () => {
  const ports = new SharedPorts(2, balanced().open)
  expect((await start(ports, new FakeWorker(1, 1))).shares).toEqual(['a/0'])
})

test('SharedPorts gives nothing to a worker that died while its port was opened', async () => {
  const ports = new SharedPorts(2, balanced().open)
  const worker = new FakeWorker(1, 1)
  const listening = ports.listen(worker, 'a', ADDRESS)
  worker.isAlive = false
  ports.remove(worker)
  await listening
  expect(worker.received).toEqual([])
})

test('SharedPorts gives the one socket that a port has to all workers, and leaves it to those that live', async () => {
  const ports = new SharedPorts(2, single)
  const first = await start(ports, new FakeWorker(1, 1))
  const second = await start(ports, new FakeWorker(2, 2))
  expect([first.shares, second.shares]).toEqual([['a/0'], ['a/0']])
  const before = first.received.length
  ports.remove(second)
  await start(ports, new FakeWorker(2, 3))
  expect(first.received).toHaveLength(before)
})

test('SharedPorts tells a worker why a port cannot be opened, and tries again for the next one', async () => {
  let isFree = false
  const ports = new SharedPorts(1, async () => {
    if (!isFree) throw new ProxyError('ADDRESS_IN_USE', 'taken')
    return await single(ADDRESS, 1)
  })
  const worker = new FakeWorker(1, 1)
  await ports.listen(worker, 'a', ADDRESS)
  expect(worker.received).toEqual([{ sluice: 'refused', key: 'a', code: 'ADDRESS_IN_USE', message: 'taken' }])
  isFree = true
  const again = new FakeWorker(1, 2)
  await ports.listen(again, 'a', ADDRESS)
  expect(again.shares).toEqual(['a/0'])
})

test('SharedPorts.close lets go of all sockets, also of those that are opened just then', async () => {
  const { open, handles } = balanced()
  const ports = new SharedPorts(1, open)
  await start(ports, new FakeWorker(1, 1))
  const late = new FakeWorker(1, 2)
  const listening = ports.listen(late, 'b', ADDRESS)
  ports.close()
  await listening
  expect(handles.map(({ isClosed }) => isClosed)).toEqual([true, true, true, true])
  expect(late.shares).toEqual([])
})
