import type { Data, Source } from '../events.ts'

/** A request's body on its way into a Request: Data events in, a stream out; the source is paused while it is full. */
export class FetchRequestBody {
  readonly stream: ReadableStream<Uint8Array>
  readonly #source: Source
  #controller!: ReadableStreamDefaultController<Uint8Array>
  #isPaused = false
  #isOver = false

  constructor(source: Source) {
    this.#source = source
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller
      },
      pull: () => this.#setPaused(false),
      cancel: () => this.discard(),
    })
  }

  push(data: Data): void {
    if (this.#isOver || data.size === 0) return
    this.#controller.enqueue(data.keep().bytes)
    if ((this.#controller.desiredSize ?? 1) <= 0) this.#setPaused(true)
  }

  /** The body has come whole. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#controller.close()
    this.#setPaused(false)
  }

  /** Nobody wants the rest: it is taken and dropped. */
  discard(): void {
    this.#isOver = true
    this.#setPaused(false)
  }

  /** The rest will not come. */
  abort(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#controller.error(error)
    this.#setPaused(false)
  }

  #setPaused(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return
    this.#isPaused = isPaused
    if (isPaused) this.#source.pause()
    else this.#source.resume()
  }
}
