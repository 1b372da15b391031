/** The shape of fetch: sends one request and gives its answer as soon as its head is there. */
export type SendRequest = (request: Request) => Promise<Response>

/**
 * How a dispatcher reaches its target. `fetch`: the runtime's own; `binding`: a service that the platform knows by name;
 * `socket`: a connection, over which the engine writes HTTP itself.
 */
export type DispatcherKind = 'fetch' | 'binding' | 'socket'

/**
 * What a pool hands out where there are no connections to keep: something that sends requests to one target, one at a
 * time. It is taken, used, given back and counted as a connection is; {@link DispatcherPool} does that.
 *
 * It is plain data between two uses: with what it sends is lent to it for one use only, since Workers allow no request to
 * use what another one opened.
 */
export class Dispatcher {
  /** The upstream, as in the proxy: `http://127.0.0.1:8080`, `binding:API`. */
  readonly target: string
  readonly kind: DispatcherKind
  /** Its own number: no other dispatcher of its pool has had it. */
  readonly resource: number
  /** Requests that it was taken for, failed ones included. */
  requests = 0
  /** Those that failed: without an answer, or inside it. */
  errors = 0
  /** From its last being taken to its being given back, and the same of all. */
  lastMs = 0
  totalMs = 0
  /** When it was given back, or made: the pool's clock. */
  freeSinceMs = 0
  #send: SendRequest | undefined
  #busySinceMs = 0

  constructor(target: string, kind: DispatcherKind, resource: number) {
    this.target = target
    this.kind = kind
    this.resource = resource
  }

  /** Whether it serves a request, whose answer is not over yet. */
  get isBusy(): boolean {
    return this.#send !== undefined
  }

  /** Begins a use. @param send what its request goes out with */
  begin(send: SendRequest, nowMs: number): void {
    this.#send = send
    this.#busySinceMs = nowMs
    this.requests++
  }

  /** Ends a use. */
  end(nowMs: number, isError: boolean): void {
    this.#send = undefined
    this.freeSinceMs = nowMs
    this.lastMs = nowMs - this.#busySinceMs
    this.totalMs += this.lastMs
    if (isError) this.errors++
  }

  /** Sends a request. Rejects with what `send` rejects with; and with an Error when it was not taken. */
  dispatch(request: Request): Promise<Response> {
    if (this.#send !== undefined) return this.#send(request)
    return Promise.reject(new Error(`Cannot dispatch to "${this.target}": nobody has taken the dispatcher`))
  }
}
