import { describe, expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import type { Data, Lifetime } from '../../src/events.ts'
import { ConnectionStreams } from '../../src/streams/connection-streams.ts'
import { PlayedConnection } from '../engine/played-connection.ts'
import { settleStreams } from './web-stream-pair.ts'

const RESET = new ProxyError('CONNECTION_RESET', 'Cannot read: the connection was reset')

function open(): { connection: PlayedConnection; streams: ConnectionStreams } {
  const connection = new PlayedConnection()
  return { connection, streams: new ConnectionStreams(connection) }
}

const textOf = ({ value }: { readonly value?: Uint8Array | undefined }): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value)

/** Whether a promise has settled, and how. */
async function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  let outcome: unknown = 'pending'
  promise.then(
    () => (outcome = 'done'),
    (error: unknown) => (outcome = error),
  )
  await settleStreams()
  return outcome
}

describe('ConnectionStreams.readable', () => {
  test('gives what comes, in chunks of its own', async () => {
    const { connection, streams } = open()
    const reader = streams.readable.getReader()
    const first = reader.read()
    // The connection's own buffer is overwritten when this returns.
    connection.receive('one')
    connection.receive('two')
    expect([textOf(await first), textOf(await reader.read())]).toEqual(['one', 'two'])
  })

  test('pauses the connection while nobody reads', async () => {
    const { connection, streams } = open()
    await settleStreams()
    connection.receive('one')
    expect(connection.isReading).toBe(false)
    const reader = streams.readable.getReader()
    await reader.read()
    // Some runtimes ask for more only when somebody waits for it.
    const next = reader.read()
    await settleStreams()
    expect(connection.isReading).toBe(true)
    connection.receive('two')
    expect(textOf(await next)).toBe('two')
  })

  test('ends when the peer sends no more, after what it has sent', async () => {
    const { connection, streams } = open()
    connection.receive('one')
    connection.receiveEnd()
    connection.break()
    const reader = streams.readable.getReader()
    expect(textOf(await reader.read())).toBe('one')
    expect((await reader.read()).done).toBe(true)
  })

  test('fails when the connection does', async () => {
    const { connection, streams } = open()
    const read = streams.readable.getReader().read()
    connection.break(RESET)
    await expect(read).rejects.toBe(RESET)
  })

  test('fails with CLOSED when the connection is closed before its end came', async () => {
    const { connection, streams } = open()
    const read = streams.readable.getReader().read()
    connection.break()
    await expect(read).rejects.toMatchObject({ code: 'CLOSED' })
  })

  test('closes the connection when it is cancelled', async () => {
    const { connection, streams } = open()
    await streams.readable.cancel()
    expect(connection.calls).toContain('close')
    connection.receive('late')
    connection.receiveEnd()
    await settleStreams()
    await expect(streams.closed).resolves.toBeUndefined()
  })
})

describe('ConnectionStreams.writable', () => {
  test('writes chunks at once while the connection is not full', async () => {
    const { connection, streams } = open()
    const writer = streams.writable.getWriter()
    await writer.write(new TextEncoder().encode('one'))
    expect(connection.sent).toBe('one')
  })

  test('waits for the drain of a full connection', async () => {
    const { connection, streams } = open()
    const writer = streams.writable.getWriter()
    await writer.ready
    connection.isFull = true
    const first = writer.write(new TextEncoder().encode('one'))
    const second = writer.write(new TextEncoder().encode('two'))
    expect([await outcomeOf(first), connection.sent]).toEqual(['pending', 'one'])
    connection.drain()
    await Promise.all([first, second])
    expect(connection.sent).toBe('onetwo')
  })

  test('lends its chunks until the write settles, no longer', async () => {
    const lifetimes: Lifetime[] = []
    class LendingConnection extends PlayedConnection {
      override write(data: Data): boolean {
        lifetimes.push(data.lifetime)
        return super.write(data)
      }
    }
    const writer = new ConnectionStreams(new LendingConnection()).writable.getWriter()
    await writer.write(new Uint8Array(1))
    expect(lifetimes).toEqual(['pause'])
  })

  test('ends the connection when it is closed, and waits until all is on its way', async () => {
    const { connection, streams } = open()
    const writer = streams.writable.getWriter()
    await writer.write(new TextEncoder().encode('one'))
    const closed = writer.close()
    expect([await outcomeOf(closed), connection.calls]).toEqual(['pending', ['attach', 'end']])
    connection.drain()
    await closed
  })

  test('is closed in good order when the connection is, without a drain', async () => {
    const { connection, streams } = open()
    const closed = streams.writable.close()
    await settleStreams()
    connection.receiveEnd()
    connection.break()
    await expect(closed).resolves.toBeUndefined()
  })

  test.each(['write', 'close'] as const)('fails a %s that waits when the connection fails', async (method) => {
    const { connection, streams } = open()
    const writer = streams.writable.getWriter()
    await writer.ready
    connection.isFull = true
    const waiting = method === 'write' ? writer.write(new Uint8Array(1)) : writer.close()
    expect(await outcomeOf(waiting)).toBe('pending')
    connection.break(RESET)
    expect(await outcomeOf(waiting)).toBe(RESET)
    expect(await outcomeOf(writer.closed)).toBe(RESET)
  })

  test('fails what is written to a connection that is over', async () => {
    const { connection, streams } = open()
    const writer = streams.writable.getWriter()
    connection.break()
    expect(await outcomeOf(writer.write(new Uint8Array(1)))).toMatchObject({ code: 'CLOSED' })
  })

  test('cuts the connection when it is aborted, also while a write waits', async () => {
    for (const isFull of [false, true]) {
      const { connection, streams } = open()
      const writer = streams.writable.getWriter()
      await writer.ready
      connection.isFull = isFull
      const written = outcomeOf(writer.write(new Uint8Array(1)))
      const aborted = outcomeOf(writer.abort(new Error('no more')))
      await Promise.all([written, aborted])
      expect(connection.calls.filter((call) => call !== 'abort')).toEqual(['attach'])
      expect(connection.calls).toContain('abort')
    }
  })
})

describe('ConnectionStreams.closed', () => {
  test('settles when the connection is over', async () => {
    const { connection, streams } = open()
    expect(await outcomeOf(streams.closed)).toBe('pending')
    connection.break()
    await expect(streams.closed).resolves.toBeUndefined()
  })

  test('rejects with the error that ended it early', async () => {
    const { connection, streams } = open()
    connection.break(RESET)
    await expect(streams.closed).rejects.toBe(RESET)
  })
})

test('ConnectionStreams carry an echo through a pipe, with its end', async () => {
  const { connection, streams } = open()
  const piped = streams.readable.pipeTo(streams.writable)
  for (const text of ['one ', 'two ', 'three']) {
    connection.receive(text)
    await settleStreams()
  }
  connection.receiveEnd()
  await settleStreams()
  connection.drain()
  await piped
  expect([connection.sent, connection.calls.at(-1)]).toEqual(['one two three', 'end'])
})
