import { describe, expect, test } from 'vitest'
import { ByteReader } from '../../src/streams/byte-reader.ts'

/** A stream of bytes that fills whatever memory it is given, and brings 4 KiB itself for those who bring none. */
function bytes(size: number) {
  const asked: number[] = []
  let left = size
  const stream = new ReadableStream({
    type: 'bytes',
    autoAllocateChunkSize: 4096,
    pull(controller) {
      const view = controller.byobRequest?.view as Uint8Array
      asked.push(view.byteLength)
      const given = Math.min(left, view.byteLength)
      left -= given
      if (given === 0) controller.close()
      else new Uint8Array(view.buffer, view.byteOffset, given).fill(7)
      controller.byobRequest?.respond(given)
    },
  }) as ReadableStream<Uint8Array>
  return { asked, stream }
}

describe('ByteReader', () => {
  test('reads a stream of bytes in pieces that grow up to 64 KiB, to its end', async () => {
    const { asked, stream } = bytes(200_000)
    const reader = new ByteReader(stream)
    const sizes: number[] = []
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      expect(piece.value.every((byte: number) => byte === 7)).toBe(true)
      sizes.push(piece.value.length)
    }
    expect(sizes).toEqual([4096, 16_384, 65_536, 65_536, 200_000 - 4096 - 16_384 - 2 * 65_536])
    expect(asked.slice(0, 4)).toEqual([4096, 16_384, 65_536, 65_536])
  })

  test('brings no memory for a stream of which little comes', async () => {
    const { asked, stream } = bytes(16)
    const reader = new ByteReader(stream)
    expect((await reader.read()).value?.length).toBe(16)
    expect((await reader.read()).done).toBe(true)
    expect(asked).toEqual([4096, 4096])
  })

  test('reads a stream of pieces as it comes, however large they are', async () => {
    const pieces = [new Uint8Array(3), new Uint8Array(100_000), new Uint8Array(200_000), new Uint8Array(1)]
    const left = [...pieces]
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const piece = left.shift()
        if (piece === undefined) controller.close()
        else controller.enqueue(piece)
      },
    })
    const reader = new ByteReader(stream)
    for (const piece of pieces) expect((await reader.read()).value).toBe(piece)
    expect(await reader.read()).toEqual({ done: true, value: undefined })
  })

  test.each([0, 1, 2])('tells why a stream broke off behind piece %i', async (count) => {
    let left = count
    const stream = new ReadableStream({
      type: 'bytes',
      pull: (controller) => {
        if (left-- > 0) controller.enqueue(new Uint8Array(4096))
        else controller.error(new Error('cut'))
      },
    }) as ReadableStream<Uint8Array>
    const reader = new ByteReader(stream)
    for (let i = 0; i < count; i++) expect((await reader.read()).value?.length).toBe(4096)
    await expect(reader.read()).rejects.toThrow('cut')
  })

  test.each([0, 1])('tells a stream after %i pieces that the rest is not wanted', async (count) => {
    const reasons: unknown[] = []
    const stream = new ReadableStream({
      type: 'bytes',
      pull: (controller) => controller.enqueue(new Uint8Array(4096)),
      cancel: (reason) => void reasons.push(reason),
    }) as ReadableStream<Uint8Array>
    const reader = new ByteReader(stream)
    for (let i = 0; i < count; i++) await reader.read()
    await reader.cancel('left')
    expect(reasons).toEqual(['left'])
  })
})
