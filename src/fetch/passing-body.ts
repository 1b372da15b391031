/** Lets a body go from here to there by the runtime's own means. */
export interface PassedBody {
  /** What comes out at the other end. */
  readonly readable: ReadableStream<Uint8Array>
  /** Settles when all of it has come through; rejects when either end broke off. */
  readonly done: Promise<void>
}

/** Makes a body one that passes by the runtime's own means. @param length of it; -1 when it is not known */
export type PassBody = (body: ReadableStream<Uint8Array>, length: number) => PassedBody

/**
 * A body that its source offers to whoever makes a Request or a Response of its message: unread, it costs a fraction. The
 * offer stands while the start of the message passes, and only if nobody on the way wants to see the body.
 */
export class PassingBody {
  readonly #body: ReadableStream<Uint8Array>
  readonly #length: number
  readonly #pass: PassBody
  readonly #mayPass: () => boolean
  #isOffered = true
  #done: Promise<void> | undefined

  /** @param mayPass whether nobody wants to see it, as far as is known when it is to pass. @default that is known */
  constructor(body: ReadableStream<Uint8Array>, length: number, pass: PassBody, mayPass = (): boolean => true) {
    this.#body = body
    this.#length = length
    this.#pass = pass
    this.#mayPass = mayPass
  }

  /** Settles when it has passed; undefined when it does not. */
  get done(): Promise<void> | undefined {
    return this.#done
  }

  /** The body is to be read by its source. */
  keep(): void {
    this.#isOffered = false
  }

  /** Takes the offer. @returns undefined when it does not stand */
  take(): ReadableStream<Uint8Array> | undefined {
    if (!this.#isOffered || !this.#mayPass()) return undefined
    this.#isOffered = false
    const { readable, done } = this.#pass(this.#body, this.#length)
    this.#done = done
    // Its source awaits it; what breaks off before that is no unhandled rejection.
    done.catch(() => undefined)
    return readable
  }
}
