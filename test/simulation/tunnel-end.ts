import { Data, type DirectConnection } from 'sluice'
import { bodyOf, isPieceOfBody } from './body.ts'
import type { RequestRecord, TunnelSide } from './ledger.ts'
import type { World } from './world.ts'

/** One end of a tunnel: sends bytes of its own in pieces, and looks at those that come. */
export class TunnelEnd {
  readonly #world: World
  readonly #direct: DirectConnection
  readonly #name: string
  readonly #id: string
  readonly #mine: TunnelSide
  readonly #peer: TunnelSide
  readonly #sentId: string
  readonly #expectedId: string
  readonly #record: RequestRecord
  readonly #isClient: boolean
  #piecesLeft: number
  #receivedBytes = 0
  #isOver = false
  /** The other side is through, as far as anybody has told this one. */
  #isPeerOver = false

  constructor(world: World, direct: DirectConnection, name: string, record: RequestRecord, isClient: boolean) {
    const { id, up, down } = record
    this.#world = world
    this.#direct = direct
    this.#name = name
    this.#id = id
    this.#record = record
    this.#isClient = isClient
    this.#mine = isClient ? up : down
    this.#peer = isClient ? down : up
    this.#sentId = isClient ? `${id}up` : `${id}down`
    this.#expectedId = isClient ? `${id}down` : `${id}up`
    this.#piecesLeft = world.below(5)
    this.#goOn()
  }

  /** Whether this end has sent all that it means to, and the other is through as well. */
  get isOver(): boolean {
    return this.#isOver && this.#isPeerOver
  }

  onBytes(text: string): void {
    if (!isPieceOfBody(this.#expectedId, text, this.#receivedBytes)) {
      this.#world.trace.violate(`${this.#name} got bytes that are not its tunnel's`)
    }
    this.#receivedBytes += text.length
    const { sentBytes } = this.#peer
    if (this.#receivedBytes > sentBytes) this.#world.trace.violate(`${this.#name} got more than was sent to it`)
  }

  /** Nothing more comes. */
  onEnd(): void {
    this.#isPeerOver = true
    const { isEnded, sentBytes } = this.#peer
    if (this.#mayBeCut) return
    if (!isEnded) this.#world.trace.violate(`${this.#name} of tunnel ${this.#id} was ended, but its peer had not`)
    else if (this.#receivedBytes < sentBytes) {
      const state = `${this.#receivedBytes} of ${sentBytes} bytes had come`
      this.#world.trace.violate(`${this.#name} of tunnel ${this.#id} was ended when ${state}`)
    }
  }

  /** The connection is closed. */
  onClose(): void {
    // Once the proxy has nothing left to do for clients it waits for nobody who takes the last bytes of a tunnel slowly.
    const isLate = this.#peer.isEnded && this.#mine.isEnded && this.#world.isDraining
    const isTold = (this.#isPeerOver && this.#isOver) || isLate
    this.#isOver = true
    this.#isPeerOver = true
    if (!isTold && !this.#mayBeCut)
      this.#world.trace.violate(`tunnel ${this.#id} was cut at ${this.#name} for no reason`)
  }

  get #mayBeCut(): boolean {
    const { ledger, isDrainOver } = this.#world
    return (
      this.#peer.isCut ||
      this.#mine.isCut ||
      isDrainOver ||
      ledger.isAnybodyToBlame ||
      ledger.mayCut(this.#record.client)
    )
  }

  #goOn(): void {
    if (this.#isOver) return
    if (this.#world.fault('tunnel cuts', 0.08)) return this.#cut()
    if (this.#piecesLeft-- > 0) this.#write()
    else return this.#end()
    this.#world.later(() => this.#goOn(), this.#world.below(8_000, 2))
  }

  #write(): void {
    const { sentBytes } = this.#mine
    const count = 1 + this.#world.below(12_000, 3)
    this.#mine.sentBytes = sentBytes + count
    this.#direct.write(Data.latin1(bodyOf(this.#sentId, sentBytes + count).slice(sentBytes)))
  }

  #end(): void {
    this.#isOver = true
    this.#mine.isEnded = true
    this.#world.count(this.#isClient ? 'tunnel half-closes by clients' : 'tunnel half-closes by upstreams')
    this.#world.trace.note(`${this.#name} ends its side of tunnel ${this.#id} after ${this.#mine.sentBytes} bytes`)
    this.#direct.end()
  }

  #cut(): void {
    this.#isOver = true
    this.#mine.isCut = true
    // The answer that agreed may not have come to the client.
    this.#record.mayFail = true
    this.#record.mayBeCut = true
    this.#world.trace.note(`${this.#name} cuts tunnel ${this.#id}`)
    if (this.#world.chance(0.5)) this.#direct.abort()
    else this.#direct.close()
    this.#isPeerOver = true
  }
}
