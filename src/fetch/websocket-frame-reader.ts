import { WEBSOCKET_CLOSE } from './websocket-close.ts'
import { WEBSOCKET_OPCODE } from './websocket-opcode.ts'

/** The longest header of a frame: two bytes, eight of length, four of mask. */
const MAX_HEADER_BYTES = 14
const MAX_CONTROL_BYTES = 125
const KNOWN_OPCODES: ReadonlySet<number> = new Set(Object.values(WEBSOCKET_OPCODE))

/** What a frame says of itself. */
export interface WebSocketFrameHead {
  readonly opcode: number
  /** Whether the message ends with it. */
  readonly isFinal: boolean
  readonly payloadBytes: number
}

/** Who is told of frames. A frame's payload comes in as many pieces as its bytes did, each the receiver's to keep. */
export interface WebSocketFrameReceiver {
  /** @returns why the frame may not be; nothing if it may */
  startFrame(head: WebSocketFrameHead): WebSocketViolation | undefined
  takePayload(bytes: Uint8Array): void
  endFrame(): void
  /** The bytes break the protocol: nothing more is read. */
  violate(violation: WebSocketViolation): void
}

/** A breach of the protocol, by the code to close with. */
export interface WebSocketViolation {
  readonly code: number
  readonly reason: string
}

/**
 * Reads the frames of RFC 6455 5.2 out of bytes, wherever these are cut. It believes no length: nothing is allocated
 * before the bytes are there.
 */
export class WebSocketFrameReader {
  readonly #isMasked: boolean
  readonly #receiver: WebSocketFrameReceiver
  readonly #header = new Uint8Array(MAX_HEADER_BYTES)
  #headerSize = 0
  #headerNeeded = 2
  #isInPayload = false
  #payloadLeft = 0
  /** How much of the payload has been unmasked: the mask's bytes take turns. */
  #unmasked = 0
  #isOver = false

  /** @param isMasked whether the sender is a client, which masks all frames; a server masks none (RFC 6455 5.1) */
  constructor(isMasked: boolean, receiver: WebSocketFrameReceiver) {
    this.#isMasked = isMasked
    this.#receiver = receiver
  }

  /** Reads on. The bytes are not kept. */
  read(bytes: Uint8Array): void {
    let i = 0
    while (i < bytes.length && !this.#isOver) {
      i = this.#isInPayload ? this.#readPayload(bytes, i) : this.#readHeader(bytes, i)
    }
  }

  /** Reads nothing more. */
  stop(): void {
    this.#isOver = true
  }

  #readHeader(bytes: Uint8Array, start: number): number {
    const taken = Math.min(this.#headerNeeded - this.#headerSize, bytes.length - start)
    this.#header.set(bytes.subarray(start, start + taken), this.#headerSize)
    this.#headerSize += taken
    if (this.#headerSize < this.#headerNeeded) return start + taken
    if (this.#headerSize === 2) this.#checkStart()
    else this.#startFrame(this.#readLength())
    return start + taken
  }

  /** The first two bytes tell what is wrong, and how long the header is. */
  #checkStart(): void {
    const [first, second] = this.#header as unknown as [number, number]
    const opcode = first & 0x0f
    const length = second & 0x7f
    const hasMask = (second & 0x80) !== 0
    if ((first & 0x70) !== 0) return this.#violate('reserved bits are set, and no extension was agreed to')
    if (!KNOWN_OPCODES.has(opcode)) return this.#violate(`unknown kind of frame: ${opcode}`)
    if (hasMask !== this.#isMasked) {
      return this.#violate(
        this.#isMasked ? 'frames of a client must be masked' : 'frames of a server must not be masked',
      )
    }
    if (opcode >= WEBSOCKET_OPCODE.close) {
      if ((first & 0x80) === 0) return this.#violate('a control frame must not be in pieces')
      if (length > MAX_CONTROL_BYTES) return this.#violate(`a control frame has at most ${MAX_CONTROL_BYTES} bytes`)
    }
    const lengthBytes = length === 127 ? 8 : length === 126 ? 2 : 0
    this.#headerNeeded = 2 + lengthBytes + (hasMask ? 4 : 0)
    if (this.#headerNeeded === 2) this.#startFrame(length)
  }

  /** RFC 6455 5.2: in network byte order, the shortest form, and of 64 bits not the first. */
  #readLength(): number {
    const short = (this.#header[1] as number) & 0x7f
    if (short < 126) return short
    const view = new DataView(this.#header.buffer)
    if (short === 126) return view.getUint16(2)
    return view.getUint32(2) * 2 ** 32 + view.getUint32(6)
  }

  #startFrame(payloadBytes: number): void {
    const [first, second] = this.#header as unknown as [number, number]
    const short = second & 0x7f
    if ((short === 126 && payloadBytes < 126) || (short === 127 && payloadBytes < 65_536)) {
      return this.#violate('a length is not in its shortest form')
    }
    const hasFirstBit = short === 127 && ((this.#header[2] as number) & 0x80) !== 0
    if (hasFirstBit) return this.#violate('a length has its first bit set')
    const violation = this.#receiver.startFrame({ opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, payloadBytes })
    if (violation !== undefined) return this.#end(violation)
    this.#payloadLeft = payloadBytes
    this.#unmasked = 0
    this.#isInPayload = true
    if (payloadBytes === 0) this.#endFrame()
  }

  #readPayload(bytes: Uint8Array, start: number): number {
    const end = start + Math.min(this.#payloadLeft, bytes.length - start)
    const piece = bytes.slice(start, end)
    if (this.#isMasked) this.#unmask(piece)
    this.#payloadLeft -= piece.length
    this.#receiver.takePayload(piece)
    if (this.#payloadLeft === 0) this.#endFrame()
    return end
  }

  #unmask(piece: Uint8Array): void {
    const mask = this.#header.subarray(this.#headerNeeded - 4, this.#headerNeeded)
    const offset = this.#unmasked
    for (let i = 0; i < piece.length; i++) piece[i] = (piece[i] as number) ^ (mask[(offset + i) & 3] as number)
    this.#unmasked = (offset + piece.length) & 3
  }

  #endFrame(): void {
    this.#isInPayload = false
    this.#headerSize = 0
    this.#headerNeeded = 2
    this.#receiver.endFrame()
  }

  #violate(reason: string): void {
    this.#end({ code: WEBSOCKET_CLOSE.protocolError, reason })
  }

  #end(violation: WebSocketViolation): void {
    this.#isOver = true
    this.#receiver.violate(violation)
  }
}
