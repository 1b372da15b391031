import type { Data } from '../events.ts'
import { joinBytes } from '../streams/join-bytes.ts'

/** What may wait for fetch to take it before the writer is told to stop. */
const HIGH_WATER_BYTES = 64 * 1024

/**
 * A request's body on its way into fetch. What has come whole when it is asked for is one run of bytes, which needs no
 * stream and tells its length by itself; otherwise it is a stream.
 */
export class DispatchBody {
  readonly #onDrain: () => void
  #parts: Uint8Array<ArrayBuffer>[] = []
  #waitingBytes = 0
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #isOver = false
  #isDropped = false

  /** @param onDrain told when a body that was full can take more; also inside `push` */
  constructor(onDrain: () => void) {
    this.#onDrain = onDrain
  }

  /** Whether the body has come to its end. */
  get isOver(): boolean {
    return this.#isOver
  }

  get isFull(): boolean {
    if (this.#isOver || this.#isDropped) return false
    if (this.#controller === undefined) return this.#waitingBytes >= HIGH_WATER_BYTES
    return (this.#controller.desiredSize ?? 1) <= 0
  }

  /** Takes more of it. */
  push(data: Data): void {
    if (this.#isOver || this.#isDropped || data.size === 0) return
    const bytes = data.keep().bytes as Uint8Array<ArrayBuffer>
    if (this.#controller !== undefined) return this.#controller.enqueue(bytes)
    this.#parts.push(bytes)
    this.#waitingBytes += bytes.length
  }

  /** The body has come whole. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    if (!this.#isDropped) this.#controller?.close()
    this.#onDrain()
  }

  /** The rest will not come. */
  abort(error: unknown): void {
    if (this.#isOver || this.#isDropped) return
    this.#isDropped = true
    this.#controller?.error(error)
  }

  /** Nobody wants the rest: it is taken and dropped. */
  discard(): void {
    if (this.#isDropped) return
    this.#isDropped = true
    this.#onDrain()
  }

  /** The body as fetch takes it, once; undefined when it is empty. */
  take(): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | undefined {
    const parts = this.#parts.splice(0)
    if (this.#isOver) return parts.length === 0 ? undefined : joinBytes(parts)
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
          for (const part of parts) controller.enqueue(part)
        },
        pull: () => this.#onDrain(),
        cancel: () => this.discard(),
      },
      { highWaterMark: HIGH_WATER_BYTES, size: (chunk) => chunk?.length ?? 0 },
    )
  }
}
