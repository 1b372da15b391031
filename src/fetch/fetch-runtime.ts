import type { OpenBody } from './body-reader.ts'
import type { FieldEncoding } from './field-text.ts'
import type { PassBody } from './passing-body.ts'
import type { WebSocketLike } from './websocket-like.ts'

/** What a Response is made of. */
export interface ResponseParts {
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  /** Whether a body that is a stream tells the length that the fields tell. @default false */
  readonly isBodyFramed?: boolean
}

/** How a runtime goes beyond the standard of fetch. */
export interface FetchRuntime {
  /** How Headers read the bytes of field values. @default 'latin1' */
  readonly fieldEncoding?: FieldEncoding
  /** Makes a Response. @default the standard's constructor */
  createResponse?(body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null, parts: ResponseParts): Response
  /** Lets bodies pass by the runtime's own means. @default none do: they are read */
  readonly passBody?: PassBody
  /** Reads bodies of requests. @default the default reader */
  readonly openBody?: OpenBody
  /**
   * Answers a request that asked to become a WebSocket, and was let. Where it is missing, such requests are like all
   * others, and upstreams are not asked.
   * @param headers of the answer, Sec-WebSocket-Protocol among them
   */
  acceptWebSocket?(request: Request, headers: Headers): AcceptedWebSocket
}

/** A WebSocket to the client, and the Response that opens it. */
export interface AcceptedWebSocket {
  readonly webSocket: WebSocketLike
  readonly response: Response
}
