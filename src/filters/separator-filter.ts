import type { Variables } from '../engine/context.ts'
import { Filter } from '../engine/filter.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { Data, type Event, MessageEnd, MessageStart } from '../events.ts'
import { startWithUnknownLength } from './start-with-unknown-length.ts'

/**
 * Makes a message of each piece between two separators, by the algorithm of Knuth, Morris and Pratt: each byte is looked
 * at once, however the separator is spread over the data, and no more is held back than the beginning of one.
 */
export class SeparatorFilter<V = Variables> extends Filter<V> {
  readonly #separator: Uint8Array
  /** For each beginning of the separator, how long the longest shorter one is that it ends with. */
  readonly #fallbacks: readonly number[]
  #start: MessageStart | undefined
  /** How much of a separator the bytes that came last are. */
  #matched = 0
  #isInPiece = false
  #hasPieces = false

  constructor(pipeline: Pipeline<V>, separator: Uint8Array) {
    super(pipeline)
    this.#separator = separator
    this.#fallbacks = computeFallbacks(separator)
  }

  override process(event: Event): void {
    switch (event.type) {
      case 'MessageStart':
        this.#start = event
        this.#hasPieces = false
        return
      case 'Data':
        if (event.size === 0) this.next.process(event)
        else this.#split(event)
        return
      case 'MessageEnd':
        this.#finish(event)
        this.#start = undefined
        return
      case 'StreamEnd':
        this.#finish(new MessageEnd())
        this.next.process(event)
    }
  }

  #split(data: Data): void {
    const { bytes } = data
    const carried = this.#matched
    /** Bytes of earlier data that are still held back: a beginning of the separator. */
    let carriedRest = carried
    let start = 0
    for (let i = 0; i < bytes.length; i++) {
      const before = this.#matched
      this.#matched = advance(this.#separator, this.#fallbacks, before, bytes[i] as number)
      const releasedCarried = Math.min(before + 1 - this.#matched, carriedRest)
      if (releasedCarried > 0) {
        this.#outputSeparator(carried - carriedRest, releasedCarried)
        carriedRest -= releasedCarried
      }
      if (this.#matched < this.#separator.length) continue
      this.#outputSlice(data, start, i + 1 - this.#matched)
      this.#endPiece(new MessageEnd())
      this.#matched = 0
      carriedRest = 0
      start = i + 1
    }
    this.#outputSlice(data, start, bytes.length - (this.#matched - carriedRest))
  }

  /** A beginning of the separator was content. */
  #outputSeparator(start: number, count: number): void {
    this.#beginPiece()
    this.next.process(Data.view(this.#separator, start, start + count, 'owned'))
  }

  #outputSlice(data: Data, start: number, end: number): void {
    if (end <= start) return
    this.#beginPiece()
    this.next.process(data.slice(start, end))
  }

  #beginPiece(): void {
    if (this.#isInPiece) return
    this.#isInPiece = true
    this.#hasPieces = true
    this.next.process(this.#start === undefined ? new MessageStart() : startWithUnknownLength(this.#start))
  }

  #endPiece(end: MessageEnd): void {
    this.#beginPiece()
    this.#isInPiece = false
    this.next.process(end)
  }

  /** What follows the last separator is a piece unless it is empty; a message that is empty stays one. */
  #finish(end: MessageEnd): void {
    if (this.#matched > 0) this.#outputSeparator(0, this.#matched)
    this.#matched = 0
    const isEmptyMessage = this.#start !== undefined && !this.#hasPieces
    if (this.#isInPiece || isEmptyMessage) this.#endPiece(end)
  }
}

function advance(separator: Uint8Array, fallbacks: readonly number[], matched: number, byte: number): number {
  let length = matched
  while (length > 0 && separator[length] !== byte) length = fallbacks[length - 1] as number
  return separator[length] === byte ? length + 1 : length
}

function computeFallbacks(separator: Uint8Array): number[] {
  const fallbacks = [0]
  let length = 0
  for (let i = 1; i < separator.length; i++) {
    length = advance(separator, fallbacks, length, separator[i] as number)
    fallbacks.push(length)
  }
  return fallbacks
}
