import { ByteCollector } from './byte-collector.ts'
import { mayCloseWith, WEBSOCKET_CLOSE, type WebSocketClose } from './websocket-close.ts'
import {
  type WebSocketFrameHead,
  WebSocketFrameReader,
  type WebSocketFrameReceiver,
  type WebSocketViolation,
} from './websocket-frame-reader.ts'
import { WEBSOCKET_OPCODE } from './websocket-opcode.ts'

/** Who is told of messages. Nothing is told after `close` and `violate`. */
export interface WebSocketMessageReceiver {
  takeMessage(message: string | Uint8Array<ArrayBuffer>): void
  takePing(payload: Uint8Array<ArrayBuffer>): void
  close(close: WebSocketClose): void
  /** The bytes break the protocol, or a limit. */
  violate(violation: WebSocketViolation): void
}

/**
 * Reads the messages of RFC 6455 out of bytes: puts the pieces of a message together, reads text as strict UTF-8, and
 * lets control frames stand between the pieces (5.4). Pongs say nothing that anybody waits for.
 */
export class WebSocketMessageReader implements WebSocketFrameReceiver {
  readonly #frames: WebSocketFrameReader
  readonly #receiver: WebSocketMessageReceiver
  readonly #maxMessageBytes: number
  readonly #message = new ByteCollector()
  readonly #control = new ByteCollector()
  /** Of the message that has begun; undefined between two. */
  #messageOpcode: number | undefined
  #frame: WebSocketFrameHead | undefined

  /**
   * @param isMasked whether the sender is a client
   * @param maxMessageBytes of one message, in how many frames ever; 1009 beyond
   */
  constructor(isMasked: boolean, receiver: WebSocketMessageReceiver, maxMessageBytes: number) {
    this.#frames = new WebSocketFrameReader(isMasked, this)
    this.#receiver = receiver
    this.#maxMessageBytes = maxMessageBytes
  }

  /** Reads on. The bytes are not kept. */
  read(bytes: Uint8Array): void {
    this.#frames.read(bytes)
  }

  /** Reads nothing more, and tells nothing more. */
  stop(): void {
    this.#frames.stop()
    this.#message.take()
  }

  startFrame(head: WebSocketFrameHead): WebSocketViolation | undefined {
    this.#frame = head
    const { opcode, payloadBytes } = head
    if (opcode >= WEBSOCKET_OPCODE.close) return undefined
    const isContinuation = opcode === WEBSOCKET_OPCODE.continuation
    if (isContinuation && this.#messageOpcode === undefined)
      return protocolError('a message begins with its continuation')
    if (!isContinuation && this.#messageOpcode !== undefined) {
      return protocolError('a message begins inside another one')
    }
    if (this.#message.size + payloadBytes > this.#maxMessageBytes) {
      const reason = `a message has more than ${this.#maxMessageBytes} bytes`
      return { code: WEBSOCKET_CLOSE.tooLarge, reason }
    }
    if (!isContinuation) this.#messageOpcode = opcode
    return undefined
  }

  takePayload(bytes: Uint8Array): void {
    const isControl = (this.#frame as WebSocketFrameHead).opcode >= WEBSOCKET_OPCODE.close
    if (isControl) this.#control.add(bytes)
    else this.#message.add(bytes)
  }

  endFrame(): void {
    const { opcode, isFinal } = this.#frame as WebSocketFrameHead
    if (opcode === WEBSOCKET_OPCODE.ping) this.#receiver.takePing(this.#control.take())
    else if (opcode === WEBSOCKET_OPCODE.pong) this.#control.take()
    else if (opcode === WEBSOCKET_OPCODE.close) this.#endConnection(this.#control.take())
    else if (isFinal) this.#endMessage()
  }

  violate(violation: WebSocketViolation): void {
    this.#frames.stop()
    this.#message.take()
    this.#receiver.violate(violation)
  }

  #endMessage(): void {
    const isText = this.#messageOpcode === WEBSOCKET_OPCODE.text
    this.#messageOpcode = undefined
    const bytes = this.#message.take()
    if (!isText) return this.#receiver.takeMessage(bytes)
    const text = decodeUtf8(bytes)
    if (text === undefined) this.violate(INVALID_TEXT)
    else this.#receiver.takeMessage(text)
  }

  /** RFC 6455 5.5.1: nothing, or a code and a reason. */
  #endConnection(payload: Uint8Array): void {
    if (payload.length === 1) return this.violate(protocolError('a close frame has half a code'))
    const code = payload.length === 0 ? undefined : (payload[0] as number) * 256 + (payload[1] as number)
    if (code !== undefined && !mayCloseWith(code))
      return this.violate(protocolError(`a close frame has the code ${code}`))
    const reason = decodeUtf8(payload.subarray(2))
    if (reason === undefined) return this.violate(INVALID_TEXT)
    this.#frames.stop()
    this.#receiver.close({ code, reason })
  }
}

const INVALID_TEXT: WebSocketViolation = { code: WEBSOCKET_CLOSE.invalidText, reason: 'text is not UTF-8' }

function protocolError(reason: string): WebSocketViolation {
  return { code: WEBSOCKET_CLOSE.protocolError, reason }
}

/** @returns undefined for what is no UTF-8. A byte order mark is text like all else (RFC 6455 8.1) */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
