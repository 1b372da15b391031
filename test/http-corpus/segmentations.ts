/** One way in which the same bytes come. */
export interface Segmentation {
  readonly name: string
  readonly segments: readonly string[]
  /** Where each segment ends. */
  readonly ends: readonly number[]
}

const MAX_SINGLE_BYTES = 200

/**
 * The ways in which each case is sent: at once; byte by byte, or where it is long in pieces around the places that
 * matter; and the head before everything else.
 */
export function segmentationsOf(bytes: string): readonly Segmentation[] {
  const headEnd = bytes.indexOf('\r\n\r\n') + 4
  const isShort = bytes.length <= MAX_SINGLE_BYTES
  const around = [
    1,
    15,
    headEnd - 3,
    headEnd - 1,
    headEnd + 1,
    headEnd + 4,
    Math.floor(bytes.length / 2),
    bytes.length - 1,
  ]
  return [
    cut('at once', bytes, []),
    cut('the head first', bytes, [headEnd]),
    isShort
      ? cut(
          'byte by byte',
          bytes,
          Array.from(bytes, (_, i) => i),
        )
      : cut('in pieces', bytes, around),
  ]
}

function cut(name: string, bytes: string, places: readonly number[]): Segmentation {
  const inside = places.filter((place) => place > 0 && place < bytes.length)
  const ends = [...new Set(inside), bytes.length].sort((a, b) => a - b)
  return { name, segments: ends.map((end, i) => bytes.slice(ends[i - 1] ?? 0, end)), ends }
}
