import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { SocketWriter } from '../../../adapters/node/socket-writer.ts'
import { type WriteOutcome, writeText } from '../../../adapters/node/write-text.ts'
import { Data } from '../../../src/events.ts'

const TEXT = 'x'.repeat(16 * 1024)

/** Two ends of a connection; the far one does not read. */
async function openPair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [[Socket], unknown]
  onTestFinished(() => {
    near.destroy()
    far.destroy()
    server.close()
  })
  return { near, far }
}

async function readAll(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  socket.resume()
  await once(socket, 'end')
  return text
}

describe('writeText', () => {
  test('writes what the system takes at once', async () => {
    const { near, far } = await openPair()
    const failed = (): never => expect.unreachable('written already')
    expect(writeText(near, 'h\xe9llo', failed)).toBe('written')
    expect(writeText(near, ' again', failed)).toBe('written')
    near.end()
    expect(await readAll(far)).toBe('h\xe9llo again')
  })

  test('queues what the system does not take, says when it has it, and goes on', async () => {
    const { near, far } = await openPair()
    let outcome: WriteOutcome = 'written'
    let count = 0
    const written = new Promise<void>((resolve) => {
      while (outcome === 'written' && count++ < 10_000) outcome = writeText(near, TEXT, resolve)
    })
    expect(outcome).toBe('queued')
    const all = readAll(far)
    await written
    expect(writeText(near, 'last', () => undefined)).toBe('written')
    near.end()
    expect(await all).toBe(`${TEXT.repeat(count)}last`)
  })

  test('refuses a socket that is closed, or that the peer has reset', async () => {
    const { near, far } = await openPair()
    far.resetAndDestroy()
    await new Promise<void>((resolve) => {
      near.on('error', () => undefined).on('close', () => resolve())
    })
    expect(writeText(near, 'late', () => undefined)).toBe('refused')
  })

  test('destroys the socket with the error when what is queued cannot be sent any more', async () => {
    const { near, far } = await openPair()
    while (writeText(near, TEXT, () => expect.unreachable('never written')) === 'written');
    far.resetAndDestroy()
    const [error] = (await once(near, 'error')) as [NodeJS.ErrnoException]
    expect(['ECONNRESET', 'EPIPE']).toContain(error.code)
    expect(near.destroyed).toBe(true)
  })
})

test('SocketWriter keeps the order of small and large pieces while the system takes nothing', async () => {
  const { near, far } = await openPair()
  let drains = 0
  const writer = new SocketWriter(near, () => drains++)
  let expected = ''
  let isFull = false
  for (let i = 0; i < 3000 && !isFull; i++) {
    const small = `<${i}>`.repeat(1000)
    writer.write(Data.latin1(small))
    writer.flush()
    isFull = !writer.write(Data.latin1(`[${i}]`))
    const large = Buffer.alloc(5000, 65 + (i % 26))
    isFull = !writer.write(Data.view(new Uint8Array(large), 0, large.length, 'call')) || isFull
    expected += `${small}[${i}]${large.toString('latin1')}`
  }
  expect(isFull).toBe(true)
  const all = readAll(far)
  writer.end()
  expect(await all).toBe(expected)
  await expect.poll(() => drains).toBeGreaterThan(0)
})
