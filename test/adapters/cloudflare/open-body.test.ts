import { describe, expect, test } from 'vitest'
import { openBody } from '../../../adapters/cloudflare/open-body.ts'

/** A stream of bytes that fills whatever memory it is given, up to its end. */
function bytes(size: number) {
  const asked: number[] = []
  let left = size
  const stream = new ReadableStream({
    type: 'bytes',
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

describe('openBody', () => {
  test('reads a stream of bytes in pieces that grow up to 64 KiB, to its end', async () => {
    const { asked, stream } = bytes(200_000)
    const reader = openBody(stream)
    const sizes: number[] = []
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      expect(piece.value.every((byte: number) => byte === 7)).toBe(true)
      sizes.push(piece.value.length)
    }
    expect(sizes).toEqual([4096, 16_384, 65_536, 65_536, 200_000 - 4096 - 16_384 - 2 * 65_536])
    expect(asked).toEqual([4096, 16_384, 65_536, 65_536, 65_536, 65_536])
  })

  test('brings little memory for a body of which little comes', async () => {
    const { asked, stream } = bytes(16)
    expect((await openBody(stream).read()).value?.length).toBe(16)
    expect(asked).toEqual([4096])
  })

  test('reads a stream of pieces as it comes', async () => {
    const piece = new Uint8Array(3)
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(piece) })
    expect((await openBody(stream).read()).value).toBe(piece)
  })

  test('passes on why a body broke off, and that it is not wanted', async () => {
    const failed = new ReadableStream({ type: 'bytes', start: (controller) => controller.error(new Error('cut')) })
    await expect(openBody(failed as ReadableStream<Uint8Array>).read()).rejects.toThrow('cut')
    const reasons: unknown[] = []
    const left = new ReadableStream({ type: 'bytes', cancel: (reason) => void reasons.push(reason) })
    await openBody(left as ReadableStream<Uint8Array>).cancel('left')
    expect(reasons).toEqual(['left'])
  })
})
