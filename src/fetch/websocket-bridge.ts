import { LIMITS } from '../limits.ts'
import { mayCloseWith, WEBSOCKET_CLOSE, type WebSocketClose } from './websocket-close.ts'
import type { WebSocketViolation } from './websocket-frame-reader.ts'
import { writeWebSocketFrame } from './websocket-frame.ts'
import type { WebSocketLike } from './websocket-like.ts'
import { WebSocketMessageReader, type WebSocketMessageReceiver } from './websocket-message-reader.ts'
import { WEBSOCKET_OPCODE } from './websocket-opcode.ts'

/** RFC 6455 5.5: two bytes of code and at most this much of reason. */
const MAX_REASON_BYTES = 123

/** Where the frames go that are made of a WebSocket's messages. */
export interface WebSocketFrameSink {
  /** Takes bytes, which are its own from now on. It cannot refuse: a WebSocket cannot be stopped. */
  write(bytes: Uint8Array<ArrayBuffer>): void
  /** Nothing more comes: the WebSocket is closed. Called once, last. */
  end(): void
}

export interface WebSocketBridgeOptions {
  /**
   * Which side of the connection of frames the bridge is: `client` masks what it writes and reads what is not masked,
   * as a WebSocket that a client opened has to be handed on; `server` the other way round.
   */
  readonly role: 'client' | 'server'
  /** A random number in [0, 1), for masks. */
  readonly random: () => number
  /** One message of the frames. @default LIMITS.maxWebSocketMessageBytes */
  readonly maxMessageBytes?: number
}

/** The other end of a bridge: takes the bytes of frames. */
export interface WebSocketBridge {
  /** Takes bytes of frames, and does not keep them. */
  take(bytes: Uint8Array): void
  /** The frames are over, with a close frame before or without: then the WebSocket is closed with 1011. */
  end(): void
}

/**
 * Joins a WebSocket, whose messages a runtime reads and writes, with a connection on which they are frames (RFC 6455).
 * Text and binary messages, close codes and reasons pass both ways. A ping among the frames is answered here, one of
 * the WebSocket by its runtime. Frames that break the protocol end both sides, with the code that says why.
 *
 * Accepts the WebSocket, after the listeners are set.
 */
export function bridgeWebSocket(
  webSocket: WebSocketLike,
  sink: WebSocketFrameSink,
  options: WebSocketBridgeOptions,
): WebSocketBridge {
  return new Bridge(webSocket, sink, options)
}

class Bridge implements WebSocketBridge, WebSocketMessageReceiver {
  readonly #webSocket: WebSocketLike
  readonly #sink: WebSocketFrameSink
  readonly #random: (() => number) | undefined
  readonly #reader: WebSocketMessageReader
  readonly #encoder = new TextEncoder()
  /** Nothing more is written to the sink. */
  #isSinkOver = false
  /** The WebSocket is closed, or has been told to. */
  #isWebSocketOver = false

  constructor(webSocket: WebSocketLike, sink: WebSocketFrameSink, options: WebSocketBridgeOptions) {
    const { role, random, maxMessageBytes = LIMITS.maxWebSocketMessageBytes } = options
    this.#webSocket = webSocket
    this.#sink = sink
    this.#random = role === 'client' ? random : undefined
    this.#reader = new WebSocketMessageReader(role === 'server', this, maxMessageBytes)
    webSocket.binaryType = 'arraybuffer'
    webSocket.addEventListener('message', ({ data }) => this.#send(data))
    webSocket.addEventListener('close', ({ code, reason }) => this.#endFrames(code, reason))
    webSocket.addEventListener('error', () => this.#endFrames(WEBSOCKET_CLOSE.abnormal, ''))
    webSocket.accept?.()
  }

  take(bytes: Uint8Array): void {
    this.#reader.read(bytes)
  }

  end(): void {
    this.#reader.stop()
    this.#closeWebSocket({ code: WEBSOCKET_CLOSE.internalError, reason: 'The other side is gone' })
    this.#endSink()
  }

  takeMessage(message: string | Uint8Array<ArrayBuffer>): void {
    if (this.#isWebSocketOver) return
    try {
      this.#webSocket.send(message)
    } catch {
      // It has closed meanwhile, and its event is on the way.
      this.end()
    }
  }

  takePing(payload: Uint8Array<ArrayBuffer>): void {
    this.#write(WEBSOCKET_OPCODE.pong, payload)
  }

  close(close: WebSocketClose): void {
    this.#writeClose(close)
    this.#closeWebSocket(close)
    this.#endSink()
  }

  violate(violation: WebSocketViolation): void {
    this.#writeClose(violation)
    this.#closeWebSocket({ code: WEBSOCKET_CLOSE.internalError, reason: 'The other side broke the protocol' })
    this.#endSink()
  }

  #send(data: unknown): void {
    if (typeof data === 'string') this.#write(WEBSOCKET_OPCODE.text, this.#encoder.encode(data))
    else if (data instanceof ArrayBuffer) this.#write(WEBSOCKET_OPCODE.binary, new Uint8Array(data))
  }

  #write(opcode: number, payload: Uint8Array): void {
    if (this.#isSinkOver) return
    const mask = this.#random === undefined ? undefined : Math.floor(this.#random() * 2 ** 32)
    this.#sink.write(writeWebSocketFrame(opcode, payload, mask))
  }

  /** The WebSocket is closed. Without a close frame there is none on the other side either. */
  #endFrames(code: number, reason: string): void {
    this.#reader.stop()
    if (code === WEBSOCKET_CLOSE.none) this.#writeClose({ code: undefined, reason: '' })
    else if (mayCloseWith(code)) this.#writeClose({ code, reason })
    this.#closeWebSocket({ code: mayCloseWith(code) ? code : undefined, reason })
    this.#endSink()
  }

  #writeClose({ code, reason }: WebSocketClose): void {
    if (code === undefined) return this.#write(WEBSOCKET_OPCODE.close, new Uint8Array(0))
    const payload = new Uint8Array(2 + MAX_REASON_BYTES)
    payload[0] = code >> 8
    payload[1] = code & 0xff
    // Writes whole characters only.
    const { written } = this.#encoder.encodeInto(reason, payload.subarray(2))
    this.#write(WEBSOCKET_OPCODE.close, payload.subarray(0, 2 + written))
  }

  #closeWebSocket({ code, reason }: WebSocketClose): void {
    if (this.#isWebSocketOver) return
    this.#isWebSocketOver = true
    try {
      if (code === undefined) this.#webSocket.close()
      else this.#webSocket.close(code, reason)
    } catch {
      // The standard's object takes 1000 and what is from 3000 on.
      this.#closePlainly()
    }
  }

  #closePlainly(): void {
    try {
      this.#webSocket.close()
    } catch {
      // It is closed already.
    }
  }

  #endSink(): void {
    if (this.#isSinkOver) return
    this.#isSinkOver = true
    this.#sink.end()
  }
}
