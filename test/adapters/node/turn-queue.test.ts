import { describe, expect, test } from 'vitest'
import { READ_BUFFER_BYTES, sharedBytes } from '../../../adapters/node/read-buffer.ts'
import { type Flushable, type Reader, TurnQueue } from '../../../adapters/node/turn-queue.ts'

function writer(): Flushable & { flushes: number } {
  return {
    flushes: 0,
    flush() {
      this.flushes++
    },
  }
}

function reader(onRead: (text: string) => void): Reader {
  return { takeRead: (start, end) => onRead(String.fromCharCode(...sharedBytes.subarray(start, end))) }
}

/** What a socket does that reads a text. */
function read(queue: TurnQueue, to: Reader, text: string): boolean {
  sharedBytes.set(Buffer.from(text, 'latin1'))
  return queue.addRead(to, text.length)
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('TurnQueue', () => {
  test('flushes once when the turn ends', async () => {
    const queue = new TurnQueue()
    const [one, two] = [writer(), writer()]
    queue.addWriter(one)
    queue.addWriter(two)
    await new Promise((resolve) => process.nextTick(resolve))
    expect([one.flushes, two.flushes]).toEqual([0, 0])
    await endOfTurn()
    expect([one.flushes, two.flushes]).toEqual([1, 1])
    await endOfTurn()
    expect([one.flushes, two.flushes]).toEqual([1, 1])
  })

  test('delivers all reads in their order, each with its own bytes, and flushes after them what they lead to', async () => {
    const queue = new TurnQueue()
    const told: string[] = []
    const answering = (name: string): Reader =>
      reader((text) => {
        told.push(`${name} ${text}`)
        queue.addWriter({ flush: () => told.push(`${name} flushed`) })
      })
    expect(read(queue, answering('a'), 'first')).toBe(true)
    expect(read(queue, answering('b'), 'second one')).toBe(true)
    expect(told).toEqual([])
    await endOfTurn()
    expect(told).toEqual(['a first', 'b second one', 'a flushed', 'b flushed'])
  })

  test('delivers what is kept when it is asked to, and not again at the end', async () => {
    const queue = new TurnQueue()
    const told: string[] = []
    read(
      queue,
      reader((text) => told.push(text)),
      'early',
    )
    queue.deliverReads()
    expect(told).toEqual(['early'])
    await endOfTurn()
    expect(told).toEqual(['early'])
  })

  test('keeps nothing that is large, and no more than it has room for', async () => {
    const queue = new TurnQueue()
    let count = 0
    const one = reader(() => count++)
    expect(queue.addRead(one, 4 * 1024 + 1)).toBe(false)
    let kept = 0
    while (queue.addRead(one, 4 * 1024)) kept++
    expect(kept).toBe(READ_BUFFER_BYTES / (4 * 1024))
    queue.deliverReads()
    expect(count).toBe(kept)
    expect(queue.addRead(one, 1)).toBe(true)
    await endOfTurn()
    expect(count).toBe(kept + 1)
  })

  test('goes on with the others after a reader that throws', async () => {
    const queue = new TurnQueue()
    const told: string[] = []
    const note = reader((text) => told.push(text))
    read(queue, note, 'before')
    read(
      queue,
      reader((text) => {
        told.push(text)
        throw new Error('not mine')
      }),
      'thrown',
    )
    read(queue, note, 'behind')
    expect(() => queue.deliverReads()).toThrow('not mine')
    expect(told).toEqual(['before', 'thrown'])
    await endOfTurn()
    expect(told).toEqual(['before', 'thrown', 'behind'])
  })

  test('does not deliver inside of a delivery', async () => {
    const queue = new TurnQueue()
    const told: string[] = []
    read(
      queue,
      reader(() => {
        queue.deliverReads()
        told.push('outer done')
      }),
      'x',
    )
    read(
      queue,
      reader((text) => told.push(text)),
      'y',
    )
    await endOfTurn()
    expect(told).toEqual(['outer done', 'y'])
  })
})
