import type { OpenBody } from './body-reader.ts'
import type { DispatcherKind, SendRequest } from './dispatcher.ts'
import type { PassBody } from './passing-body.ts'

/** What a connection of dispatchers has to know of its upstream and of the fetch that leads there. */
export interface DispatchTarget {
  /** As the proxy names it, and the pool: `http://127.0.0.1:8080`, `binding:API`. */
  readonly name: string
  readonly kind: DispatcherKind
  /**
   * Scheme, host and port of the URLs that are fetched. Undefined where the URL's host decides nothing, as of a binding:
   * there it is the Host of the request.
   */
  readonly origin: string | undefined
  /** Sends a request; what dispatchers of this target are lent. */
  readonly send: SendRequest
  /** The Host that the client named: it gives way to the target's. @default unknown, and any Host gives way */
  readonly clientHost?: string | undefined
  /** Whether a Response does not show fields that belong to a connection, and a Request does not take them. @default false */
  readonly hidesHopByHop?: boolean
  /** Lets bodies of answers pass by the runtime's own means. @default none do: they are read */
  readonly passBody?: PassBody
  /** Bodies come without their content coding, whatever the head says of it. @default false */
  readonly isDecoding?: boolean
  /**
   * Makes a body's stream one of known length, for a runtime that takes the length from there and not from the head.
   * @default the stream as it is
   */
  readonly withLength?: (body: ReadableStream<Uint8Array>, length: number) => ReadableStream<Uint8Array>
  /** Reads bodies of answers. @default the default reader */
  readonly openBody?: OpenBody
}
