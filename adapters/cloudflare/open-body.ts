import type { BodyReader } from '../../src/fetch/body-reader.ts'

const FIRST_PIECE_BYTES = 4 * 1024
const LARGEST_PIECE_BYTES = 64 * 1024

/**
 * Begins to read a body in pieces of up to 64 KiB. Workers give 4 KiB at a time to those who bring no memory for it, and a
 * body of 1 MiB takes three times as long then.
 */
export function openBody(body: ReadableStream<Uint8Array>): BodyReader {
  let reader: ReadableStreamBYOBReader
  try {
    reader = body.getReader({ mode: 'byob' })
  } catch {
    // It is no stream of bytes, but one that was made of pieces; they come as they are.
    return body.getReader()
  }
  let size = FIRST_PIECE_BYTES
  return {
    read: async () => {
      const { done, value } = await reader.read(new Uint8Array(size))
      if (done || value === undefined) return { done: true, value: undefined }
      // Who sends much gets room for much.
      if (value.length === size) size = Math.min(size * 4, LARGEST_PIECE_BYTES)
      return { done: false, value }
    },
    cancel: (reason) => reader.cancel(reason),
  }
}
