import { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import type { ConnectionHandler, ConnectionInfo, DirectConnection } from '../../src/transport.ts'

/** What all connections of one transport have in common. */
export interface MemoryWires {
  /** Beyond this many bytes that the peer has not taken a writer is told to stop. */
  readonly highWaterBytes: number
  /** How many bytes the next read gives at most. */
  readonly nextReadBytes: () => number
  /** Calls back soon, and never inside the call that asked for it. */
  readonly soon: (action: () => void) => void
}

/**
 * One end of a connection in memory. It keeps the promises of DirectConnection to the letter and no further: bytes come
 * in a buffer that is overwritten as soon as they may no longer be used.
 */
export class MemoryConnection implements DirectConnection {
  readonly info: ConnectionInfo
  readonly #wires: MemoryWires
  #peer: MemoryConnection | undefined
  #handler: ConnectionHandler | undefined
  /** Bytes from the peer that nobody has read. */
  #incoming: Uint8Array[] = []
  #incomingBytes = 0
  #isPeerDone = false
  #isEndTold = false
  #isOutputOver = false
  #isPaused = false
  #isFull = false
  /** After `end`: whether it was told that everything is on its way. */
  #isEndDrained = false
  #isOpen: boolean
  #isClosed = false
  /** What it was closed for. */
  #failure: ProxyError | undefined
  #isPumping = false
  #reads = 0
  /** Bytes that were lent until the source is resumed. */
  #lent: Uint8Array | undefined

  /** @param isOpen a connection that was accepted is open; one that is being made is so once it has a peer */
  constructor(info: ConnectionInfo, wires: MemoryWires, isOpen: boolean) {
    this.info = info
    this.#wires = wires
    this.#isOpen = isOpen
  }

  /** Joins two ends. */
  static join(client: MemoryConnection, server: MemoryConnection): void {
    client.#peer = server
    server.#peer = client
    for (const bytes of client.#incoming.splice(0)) server.#receive(bytes)
    client.#incomingBytes = 0
    if (client.#isOutputOver) server.#isPeerDone = true
    client.pump()
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Whether its user reads no more for now. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Bytes from the peer that its user has not read. */
  get unreadBytes(): number {
    return this.#incomingBytes
  }

  attach(handler: ConnectionHandler): void {
    this.#handler = handler
    if (this.#isClosed) this.#wires.soon(() => handler.onClose(this.#failure))
    else this.pump()
  }

  write(data: Data): boolean {
    if (this.#isOutputOver || this.#isClosed) return true
    const bytes = data.bytes.slice()
    const peer = this.#peer
    if (peer?.isClosed === true) {
      this.fail(new ProxyError('CONNECTION_RESET', 'Cannot write: the peer closed the connection'))
      return true
    }
    // Before there is a peer, what is written waits here.
    const taker = peer ?? this
    taker.#receive(bytes)
    this.#isFull ||= taker.#incomingBytes > this.#wires.highWaterBytes
    return !this.#isFull
  }

  end(): void {
    if (this.#isOutputOver || this.#isClosed) return
    this.#isOutputOver = true
    if (this.#peer !== undefined) this.#peer.#isPeerDone = true
    this.#peer?.pump()
    this.pump()
  }

  close(): void {
    if (this.#isClosed) return
    const peer = this.#peer
    if (peer !== undefined) peer.#isPeerDone = true
    peer?.pump()
    this.#closeSoon(undefined)
  }

  abort(): void {
    if (this.#isClosed) return
    this.#peer?.fail(new ProxyError('CONNECTION_RESET', 'Cannot read: the peer reset the connection'))
    this.#closeSoon(undefined)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#takeBack()
    this.pump()
  }

  /** Breaks the connection at this end, as the network does. */
  fail(error: ProxyError): void {
    if (!this.#isClosed) this.#closeSoon(error)
  }

  #receive(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#isClosed) return
    this.#incoming.push(bytes)
    this.#incomingBytes += bytes.length
    if (this.#peer !== undefined) this.pump()
  }

  /** Tells the user soon what there is to tell; its peer calls this as well. */
  pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    this.#wires.soon(() => {
      this.#isPumping = false
      this.#step()
    })
  }

  /** Tells one thing at a time, so that whatever else is due comes between. */
  #step(): void {
    if (this.#handler === undefined || this.#peer === undefined || this.#isClosed) return
    if (!this.#isOpen) {
      this.#isOpen = true
      this.#handler.onOpen?.()
      return this.pump()
    }
    const isDrainDue = this.#isFull || (this.#isOutputOver && !this.#isEndDrained)
    if (isDrainDue && this.#peer.#incomingBytes === 0) {
      this.#isFull = false
      this.#isEndDrained = this.#isOutputOver
      this.#handler.onDrain()
      return this.pump()
    }
    // Whoever has read everything cannot hold the end up.
    if (this.#isEndTold && this.#isOutputOver && this.#peer.#incomingBytes === 0) return this.#closeSoon(undefined)
    if (this.#isPaused) return
    if (this.#incoming.length > 0) {
      this.#read(this.#handler)
      return this.pump()
    }
    if (this.#isPeerDone && !this.#isEndTold) {
      this.#isEndTold = true
      this.#handler.onEnd()
      this.pump()
    }
  }

  #read(handler: ConnectionHandler): void {
    const [first] = this.#incoming
    if (first === undefined) return
    const count = Math.min(first.length, this.#wires.nextReadBytes())
    if (count === first.length) this.#incoming.shift()
    else this.#incoming[0] = first.subarray(count)
    this.#incomingBytes -= count
    if (this.#incomingBytes === 0) this.#peer?.pump()
    const buffer = first.slice(0, count)
    const isLent = this.#reads++ % 2 === 0
    handler.onData(Data.view(buffer, 0, count, isLent ? 'pause' : 'call'))
    this.#lent = buffer
    if (!isLent || !this.#isPaused) this.#takeBack()
  }

  #takeBack(): void {
    this.#lent?.fill(0xdd)
    this.#lent = undefined
  }

  #closeSoon(error: ProxyError | undefined): void {
    this.#isClosed = true
    this.#isOutputOver = true
    this.#incoming = []
    this.#incomingBytes = 0
    this.#takeBack()
    this.#peer?.pump()
    this.#failure = error
    // Whoever attaches to a connection that is closed already is told then.
    const handler = this.#handler
    if (handler !== undefined) this.#wires.soon(() => handler.onClose(error))
  }
}
