import { ProxyError } from '../../../src/errors.ts'
import type { Address, Connection, Listener, ListenOptions } from '../../../src/transport.ts'
import { NodeTransport } from '../node-transport.ts'
import { listenOnHandles, type SocketListener } from '../socket-listener.ts'
import type { PortKey, PrimaryMessage, SocketHandle, WorkerMessage } from './messages.ts'

/** Tells the primary something. */
export type TellPrimary = (message: WorkerMessage) => void

/** The transport of a worker: as Node's, but the primary opens the ports, and all its workers listen on them. */
export class WorkerTransport extends NodeTransport {
  readonly #tell: TellPrimary
  readonly #ports = new Map<PortKey, SharedListener>()
  #acceptedCount = 0

  constructor(tell: TellPrimary) {
    super()
    this.#tell = tell
  }

  /** Client connections since it was made. */
  get acceptedCount(): number {
    return this.#acceptedCount
  }

  override listen(
    address: Address,
    options: ListenOptions,
    accept: (connection: Connection) => void,
  ): Promise<Listener> {
    const listener = new SharedListener(address, options, (connection) => {
      this.#acceptedCount++
      accept(connection)
    })
    const key = this.#keyFor(address)
    this.#ports.set(key, listener)
    this.#tell({ sluice: 'listen', key, address })
    return listener.opened
  }

  /** What the primary says about ports; what else it says is for others. */
  handle(message: PrimaryMessage, handle: unknown): void {
    if (message.sluice === 'socket') this.#take(message.key, message.share, message.count, handle as SocketHandle)
    else if (message.sluice === 'release') void this.#ports.get(message.key)?.release(message.share)
    else if (message.sluice === 'refused') this.#refuse(message.key, new ProxyError(message.code, message.message))
  }

  #take(key: PortKey, share: number, count: number, handle: SocketHandle): void {
    const listener = this.#ports.get(key)
    // The file may have changed since the other workers read it: then they listen where this one does not.
    if (listener === undefined) handle.close()
    else listener.take(share, count, handle)
  }

  #refuse(key: PortKey, error: ProxyError): void {
    this.#ports.get(key)?.refuse(error)
    this.#ports.delete(key)
  }

  #keyFor({ host, port }: Address): PortKey {
    let place = 0
    while (this.#ports.has(`${host}:${port}#${place}`)) place++
    return `${host}:${port}#${place}`
  }
}

/** A port that is open in several processes: this one's share of it, and those that it looks after for others. */
class SharedListener implements Listener {
  readonly opened: Promise<Listener>
  readonly #options: ListenOptions
  readonly #accept: (connection: Connection) => void
  /** Sockets of a share that is not complete yet. */
  readonly #arriving = new Map<number, SocketHandle[]>()
  readonly #shares = new Map<number, Promise<SocketListener>>()
  #address: Address
  #isOpen = false
  #isClosed = false
  #resolve!: (listener: Listener) => void
  #reject!: (error: ProxyError) => void

  constructor(address: Address, options: ListenOptions, accept: (connection: Connection) => void) {
    this.#address = address
    this.#options = options
    this.#accept = accept
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get address(): Address {
    return this.#address
  }

  take(share: number, count: number, handle: SocketHandle): void {
    const handles = [...(this.#arriving.get(share) ?? []), handle]
    this.#arriving.set(share, handles)
    if (handles.length < count) return
    this.#arriving.delete(share)
    if (this.#isClosed) for (const unused of handles) unused.close()
    else this.#listen(share, handles)
  }

  refuse(error: ProxyError): void {
    this.#reject(error)
  }

  /** The worker whose share it is listens again. */
  async release(share: number): Promise<void> {
    const listening = this.#shares.get(share)
    this.#shares.delete(share)
    await (await listening)?.close()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    // The primary died while it sent them. Clients may wait at what has come.
    for (const [share, handles] of this.#arriving) this.#listen(share, handles)
    this.#arriving.clear()
    await Promise.all([...this.#shares.keys()].map((share) => this.release(share)))
  }

  #listen(share: number, handles: readonly SocketHandle[]): void {
    const listening = listenOnHandles(handles, this.#address, this.#options, true, this.#accept)
    this.#shares.set(share, listening)
    listening.then(
      ({ address }) => {
        this.#address = address
        this.#isOpen = true
        this.#resolve(this)
      },
      (error: ProxyError) => {
        this.#shares.delete(share)
        if (this.#isOpen) this.#options.onError(error)
        else this.#reject(error)
      },
    )
  }
}
