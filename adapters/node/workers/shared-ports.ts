import type { Address } from '../../../src/transport.ts'
import { ProxyError } from '../../../src/errors.ts'
import type { PortKey, PrimaryMessage, SocketHandle } from './messages.ts'

/** A worker, as the ports see it. */
export interface PortUser {
  /** From 1 on; the one that takes its place has the same. */
  readonly number: number
  /** False as soon as its process has ended. */
  readonly isAlive: boolean
  /** Settles when the message is on its way, or cannot be sent any more. */
  send(message: PrimaryMessage, handle?: SocketHandle): Promise<void>
}

/** Opens the shares of a port. @see openSharedSockets */
export type OpenShares = (address: Address, shareCount: number) => Promise<SocketHandle[][]>

/** A part of a port's sockets, and who accepts from them now. */
interface Share {
  readonly key: PortKey
  readonly index: number
  /** The number of the worker whose own it is; undefined for the one share that all workers have. */
  readonly owner: number | undefined
  readonly handles: readonly SocketHandle[]
  readonly users: Set<PortUser>
  /** Somebody has listened by it: from then on clients are led to it. */
  isOpen: boolean
}

/**
 * The ports that the workers listen on. The primary holds them open and serves none: what a client has sent to a worker
 * that dies waits with the system until another worker takes it, unless that worker had accepted it already.
 *
 * Each worker has a share of each port of its own, where the system can balance among them. While a worker is away,
 * another one accepts from its share as well.
 */
export class SharedPorts {
  readonly #workerCount: number
  readonly #open: OpenShares
  readonly #ports = new Map<PortKey, Promise<readonly Share[]>>()
  readonly #shares: Share[] = []
  readonly #users: PortUser[] = []
  /** Sockets that are not on their way yet. */
  readonly #sending = new Set<Promise<void>>()
  #isClosed = false

  constructor(workerCount: number, open: OpenShares) {
    this.#workerCount = workerCount
    this.#open = open
  }

  /** Opens the port unless it is open, and gives the worker its share of it, or tells it why that cannot be done. */
  async listen(user: PortUser, key: PortKey, address: Address): Promise<void> {
    try {
      const shares = await this.#openOnce(key, address)
      const share = shares[(user.number - 1) % shares.length]
      if (share !== undefined && user.isAlive && !this.#isClosed) this.#give(share, user)
    } catch (error) {
      const { code, message } = ProxyError.from(error, 'ADDRESS_UNAVAILABLE', `Cannot open port ${address.port}`)
      await user.send({ sluice: 'refused', key, code, message })
    }
  }

  /** The worker listens wherever it wants to: it can do so for others too, and nobody has to do it for this one. */
  add(user: PortUser): void {
    this.#users.push(user)
    for (const share of this.#shares) {
      if (share.isOpen && share.users.size === 0) this.#give(share, user)
      else if (share.owner === user.number) releaseStandIns(share)
    }
  }

  /** The worker is gone, or about to go: others take its shares. */
  remove(user: PortUser): void {
    const place = this.#users.indexOf(user)
    if (place >= 0) this.#users.splice(place, 1)
    for (const share of this.#shares) {
      if (!share.users.delete(user) || share.users.size > 0) continue
      const standIn = this.#users[share.index % this.#users.length]
      if (standIn !== undefined) this.#give(share, standIn)
    }
  }

  /** Settles when all sockets that somebody was given are on their way to him. */
  async whenSent(): Promise<void> {
    await Promise.all(this.#sending)
  }

  /** From now on the ports are open as long as workers have them open. */
  close(): void {
    this.#isClosed = true
    for (const { handles } of this.#shares) for (const handle of handles) handle.close()
    this.#shares.length = 0
  }

  #openOnce(key: PortKey, address: Address): Promise<readonly Share[]> {
    const known = this.#ports.get(key)
    if (known !== undefined) return known
    const opening = this.#openShares(key, address)
    this.#ports.set(key, opening)
    // Another program may have it now and not later.
    opening.catch(() => this.#ports.delete(key))
    return opening
  }

  async #openShares(key: PortKey, address: Address): Promise<readonly Share[]> {
    const opened = await this.#open(address, this.#workerCount)
    const shares = opened.map((handles, index) => {
      const owner = opened.length === 1 ? undefined : index + 1
      return { key, index, owner, handles, users: new Set<PortUser>(), isOpen: false }
    })
    this.#shares.push(...shares)
    if (this.#isClosed) this.close()
    return shares
  }

  #give(share: Share, user: PortUser): void {
    share.users.add(user)
    share.isOpen = true
    const { key, index, handles } = share
    const sending = handles.map((handle) =>
      user.send({ sluice: 'socket', key, share: index, count: handles.length }, handle),
    )
    for (const each of sending) {
      this.#sending.add(each)
      void each.then(() => this.#sending.delete(each))
    }
  }
}

function releaseStandIns({ key, index, owner, users }: Share): void {
  for (const user of users) {
    if (user.number === owner) continue
    users.delete(user)
    void user.send({ sluice: 'release', key, share: index })
  }
}
