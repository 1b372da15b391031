import { ProxyError } from '../errors.ts'
import { Data } from '../events.ts'
import type { Connection, ConnectionHandler, DirectConnection } from '../transport.ts'
import { ByteReader } from './byte-reader.ts'
import { joinSmall } from './join-small.ts'
import { runSoon } from './run-soon.ts'

const NO_BYTES = new Uint8Array(0)

/** Bytes handed to the writable stream and not taken yet, beyond which the writer is told to stop. */
const HIGH_WATER_BYTES = 64 * 1024

/** What a {@link StreamConnection} is made of. */
type StreamEnds = Omit<Connection, 'readable' | 'info' | 'direct'> & {
  /** A stream that is there only later goes with a `giveUp`. */
  readonly readable: ReadableStream<Uint8Array> | PromiseLike<ReadableStream<Uint8Array>>
}

/** The direct path over a pair of Web Streams: for runtimes that offer nothing more. */
export class StreamConnection implements DirectConnection {
  readonly #connection: StreamEnds
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  /** Missing as long as there is no stream to read. */
  #reader: ByteReader | undefined
  #handler: ConnectionHandler | undefined
  /** What this turn has written. */
  #parts: Uint8Array[] = []
  #queuedBytes = 0
  #isFull = false
  #isPaused = false
  #onResume: (() => void) | undefined
  #isOpen = false
  #isInputOver = false
  #isOutputOver = false
  #isClosed = false

  constructor(connection: StreamEnds) {
    this.#connection = connection
    const { readable } = connection
    if (readable instanceof ReadableStream) this.#reader = new ByteReader(readable)
    this.#writer = connection.writable.getWriter()
  }

  attach(handler: ConnectionHandler): void {
    const { closed, opened } = this.#connection
    const fail = (error: unknown): void => this.#fail(error)
    this.#handler = handler
    closed.catch(fail)
    this.#writer.closed.catch(fail)
    if (handler.onOpen !== undefined) {
      if (opened !== undefined) opened.then(() => this.#opened(), fail)
      // Streams do not say when the connection stands; but they take nothing before, not even nothing.
      else this.#send(NO_BYTES)
    }
    void this.#read()
  }

  write(data: Data): boolean {
    if (this.#isOutputOver || this.#isClosed) return true
    // A stream takes its chunk later than this call: borrowed bytes are copied.
    if (data.size > 0) this.#send(data.keep().bytes)
    this.#isFull ||= this.#queuedBytes > HIGH_WATER_BYTES
    return !this.#isFull
  }

  end(): void {
    if (this.#isOutputOver || this.#isClosed) return
    this.#isOutputOver = true
    this.#flush()
    this.#writer.close().then(
      () => this.#ended(),
      (error: unknown) => this.#fail(error),
    )
  }

  close(): void {
    this.#giveUp(undefined)
  }

  abort(): void {
    this.#giveUp(new ProxyError('CLOSED', 'Cannot go on: the connection was cut'))
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#onResume?.()
    this.#onResume = undefined
  }

  async #read(): Promise<void> {
    try {
      this.#reader ??= new ByteReader(await this.#connection.readable)
      for (;;) {
        const { value, done } = await this.#reader.read()
        // It may be paused anew before this goes on.
        while (this.#isPaused && !this.#isClosed) await new Promise<void>((resume) => (this.#onResume = resume))
        if (this.#isClosed) return
        this.#opened()
        if (done) break
        this.#tell((handler) => handler.onData(Data.view(value, 0, value.length, 'owned')))
      }
      this.#isInputOver = true
      this.#tell((handler) => handler.onEnd())
      this.#closeIfOver()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Each write to a stream has its price: small ones of one turn go together. */
  #send(chunk: Uint8Array): void {
    this.#queuedBytes += chunk.length
    if (this.#parts.push(chunk) === 1) runSoon(() => this.#flush())
  }

  #flush(): void {
    if (this.#isClosed) return
    const chunks = joinSmall(this.#parts)
    this.#parts = []
    for (const chunk of chunks) {
      this.#writer.write(chunk).then(
        () => this.#written(chunk.length),
        (error: unknown) => this.#fail(error),
      )
    }
  }

  #written(bytes: number): void {
    this.#queuedBytes -= bytes
    if (this.#connection.opened === undefined) this.#opened()
    if (!this.#isFull || this.#queuedBytes > 0 || this.#isOutputOver) return
    this.#isFull = false
    this.#tell((handler) => handler.onDrain())
  }

  #ended(): void {
    this.#tell((handler) => handler.onDrain())
    this.#closeIfOver()
  }

  #opened(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#tell((handler) => handler.onOpen?.())
  }

  /** A handler that throws is a defect. It costs this connection, whose end tells it on, and no other one. */
  #tell(call: (handler: ConnectionHandler) => void): void {
    if (this.#isClosed || this.#handler === undefined) return
    try {
      call(this.#handler)
    } catch (error) {
      this.#giveUp(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot use the connection any more'))
    }
  }

  #closeIfOver(): void {
    if (this.#isInputOver && this.#isOutputOver) this.#closed(undefined)
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return
    const { opened } = this.#connection
    if (this.#isOpen || opened === undefined) return this.#giveUpFor(error)
    // Streams of a connection that never stood do not know why it did not.
    opened.then(
      () => this.#giveUpFor(error),
      (reason: unknown) => this.#giveUpFor(reason),
    )
  }

  #giveUpFor(error: unknown): void {
    const failure = ProxyError.from(error, 'CONNECTION_RESET', 'Cannot read or write the connection')
    this.#giveUp(failure)
  }

  #giveUp(error: ProxyError | undefined): void {
    if (this.#isClosed) return
    // What the streams reject with from here on is the end that we made. A cut is told first: whoever is cancelled may
    // close the connection in good order.
    if (this.#connection.giveUp !== undefined) this.#connection.giveUp()
    else {
      if (error !== undefined) this.#writer.abort(error).catch(ignore)
      this.#reader?.cancel(error).catch(ignore)
      if (error === undefined) this.#writer.abort(error).catch(ignore)
    }
    this.#closed(error)
  }

  #closed(error: ProxyError | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#onResume?.()
    const handler = this.#handler
    // Never inside the call that closed.
    runSoon(() => handler?.onClose(error))
  }
}

function ignore(): void {}
