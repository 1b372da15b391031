import type { PrimaryMessage, SocketHandle, WorkerMessage } from '../../../adapters/node/workers/messages.ts'
import type { WorkerHandler, WorkerProcess } from '../../../adapters/node/workers/worker-process.ts'

/** A worker that does what the test says. */
export class FakeWorker implements WorkerProcess {
  readonly number: number
  readonly pid: number
  readonly whenSilent = Promise.resolve()
  readonly received: PrimaryMessage[] = []
  readonly handles: SocketHandle[] = []
  isAlive = true
  readonly #handler: WorkerHandler | undefined

  constructor(number: number, pid: number, handler?: WorkerHandler) {
    this.number = number
    this.pid = pid
    this.#handler = handler
  }

  /** The shares of ports that it was given and not told to leave, as `key/share`. */
  get shares(): string[] {
    const shares = new Set<string>()
    for (const message of this.received) {
      if (message.sluice === 'socket') shares.add(`${message.key}/${message.share}`)
      if (message.sluice === 'release') shares.delete(`${message.key}/${message.share}`)
    }
    return [...shares]
  }

  send(message: PrimaryMessage, handle?: SocketHandle): Promise<void> {
    this.received.push(message)
    if (handle !== undefined) this.handles.push(handle)
    return Promise.resolve()
  }

  kill(signal: NodeJS.Signals): void {
    this.end(null, signal)
  }

  tell(message: WorkerMessage): void {
    this.#handler?.onMessage(message)
  }

  end(exitCode: number | null, signal: NodeJS.Signals | null = null): void {
    if (!this.isAlive) return
    this.isAlive = false
    this.#handler?.onEnd({ exitCode, signal })
  }
}
