import type { Log } from '../../../src/engine/log.ts'
import type { Address } from '../../../src/transport.ts'
import type { WorkerMessage } from './messages.ts'
import { type OpenShares, SharedPorts } from './shared-ports.ts'
import type { StartWorker, WorkerEnd, WorkerProcess } from './worker-process.ts'
import { type Clock, WorkerSlot } from './worker-slot.ts'

/** When each worker has ended so often in a row before it served, nothing is to be hoped from going on. */
const MAX_FAILED_STARTS = 6
/** What workers get beyond the drain time, until they are killed. */
const DRAIN_MARGIN_MS = 5000
/** A signal for all processes, from a service manager, reaches the primary not much later than its workers. */
const RETIRE_GRACE_MS = 100
/** Workers that are busy answer later; those that do not answer at all are told as such. */
const COUNT_TIMEOUT_MS = 1000
/** A worker that stands still takes nothing that is sent to it. */
const SEND_TIMEOUT_MS = 1000
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface WorkerGroupOptions {
  readonly workerCount: number
  readonly drainTimeoutMs: number
  readonly log: Log
  readonly clock: Clock
  readonly startWorker: StartWorker
  readonly openShares: OpenShares
}

/** How a group ended. */
export interface GroupEnd {
  readonly exitCode: number
  /** What to tell the user, when it could not go on. */
  readonly text?: string
}

/**
 * Workers that serve one proxy. It starts one, and when that serves, the others: so a proxy that cannot run is told once.
 * A worker that dies later is started again.
 */
export class WorkerGroup {
  /** Settles when all workers serve for the first time: with the addresses of the proxy. */
  readonly started: Promise<readonly Address[]>
  /** Settles when all workers have ended and none is started any more. */
  readonly ended: Promise<GroupEnd>
  readonly slots: readonly WorkerSlot[]
  readonly #options: WorkerGroupOptions
  readonly #ports: SharedPorts
  readonly #outputs = new Set<Promise<void>>()
  #hasStarted = false
  /** None is started any more. */
  #isEnding = false
  /** They were told to end in good order. */
  #isDraining = false
  #end: GroupEnd = { exitCode: 0 }
  #onCounts: (() => void) | undefined
  #resolveStarted!: (addresses: readonly Address[]) => void
  #resolveEnded!: (end: GroupEnd) => void

  constructor(options: WorkerGroupOptions) {
    this.#options = options
    this.#ports = new SharedPorts(options.workerCount, options.openShares)
    this.slots = Array.from({ length: options.workerCount }, (_, i) => new WorkerSlot(i + 1, options.clock))
    this.started = new Promise((resolve) => (this.#resolveStarted = resolve))
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve))
  }

  start(): void {
    for (const slot of this.slots.slice(0, 1)) this.#fill(slot)
  }

  /** Ends all workers in good order: each answers the requests that it has. */
  stop(): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.#isDraining = true
    for (const slot of this.slots) slot.giveUp()
    void this.#drain()
    const timeoutMs = Math.min(this.#options.drainTimeoutMs + DRAIN_MARGIN_MS, LONGEST_TIMER_MS)
    this.#options.clock.setTimer(() => this.#killUndrained(), timeoutMs)
    this.#endWhenEmpty()
  }

  /** Ends all workers at once. */
  kill(): void {
    this.#isEnding = true
    this.#isDraining = false
    for (const slot of this.slots) {
      slot.giveUp()
      slot.process?.kill('SIGKILL')
    }
    this.#ports.close()
  }

  /** Asks all workers what they have counted, and waits for those who answer in time: `counts` of their slots. */
  async count(): Promise<void> {
    const asked = this.slots.filter(({ isStarted }) => isStarted)
    for (const slot of this.slots) slot.counts = undefined
    for (const { process } of asked) void process?.send({ sluice: 'count' })
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.setTimer(resolve, COUNT_TIMEOUT_MS)
      this.#onCounts = () => {
        if (asked.some(({ counts, isStarted }) => isStarted && counts === undefined)) return
        timer.cancel()
        resolve()
      }
      this.#onCounts()
    })
  }

  async #drain(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.setTimer(resolve, SEND_TIMEOUT_MS)
      void this.#ports.whenSent().then(() => {
        timer.cancel()
        resolve()
      })
    })
    // The workers' own sockets are the only ones then: the last of them to close one has seen all that came to it.
    this.#ports.close()
    for (const { process } of this.slots) void process?.send({ sluice: 'drain' })
  }

  #fill(slot: WorkerSlot): void {
    const process: WorkerProcess = this.#options.startWorker(slot.number, {
      onMessage: (message) => this.#handle(slot, process, message),
      onEnd: (end) => this.#handleEnd(slot, process, end),
    })
    slot.fill(process)
  }

  #handle(slot: WorkerSlot, process: WorkerProcess, message: WorkerMessage): void {
    switch (message.sluice) {
      case 'listen':
        void this.#ports.listen(process, message.key, message.address)
        return
      case 'started':
        this.#handleStarted(slot, process, message.addresses)
        return
      case 'failed':
        if (this.#hasStarted) this.#options.log.error(`Worker ${slot.number}: ${message.text.replace('sluice: ', '')}`)
        else this.#fail({ exitCode: message.exitCode, text: message.text })
        return
      case 'told-to-stop':
        this.#options.clock.setTimer(() => this.#retire(slot, process), RETIRE_GRACE_MS)
        return
      case 'exit':
        this.#fail({ exitCode: message.exitCode })
        return
      case 'counts':
        slot.counts = message
        this.#onCounts?.()
    }
  }

  #handleStarted(slot: WorkerSlot, process: WorkerProcess, addresses: readonly Address[]): void {
    if (this.#isEnding) return
    slot.markStarted()
    this.#ports.add(process)
    if (this.#hasStarted) this.#options.log.info(`Worker ${slot.number} serves again, as process ${process.pid}`)
    else if (this.slots.every(({ isStarted }) => isStarted)) {
      this.#hasStarted = true
      this.#resolveStarted(addresses)
    } else for (const other of this.slots) if (other.process === undefined) this.#fill(other)
  }

  /** Lets a worker end in good order, while others do its work, and fills its place again. */
  #retire(slot: WorkerSlot, process: WorkerProcess): void {
    if (this.#isEnding || slot.isRetiring || !process.isAlive) return
    slot.isRetiring = true
    this.#ports.remove(process)
    void process.send({ sluice: 'drain' })
  }

  #handleEnd(slot: WorkerSlot, process: WorkerProcess, end: WorkerEnd): void {
    const { isRetiring, isStarted } = slot
    this.#outputs.add(process.whenSilent)
    void process.whenSilent.then(() => this.#outputs.delete(process.whenSilent))
    this.#ports.remove(process)
    slot.empty()
    this.#onCounts?.()
    const name = `Worker ${slot.number} (pid ${process.pid})`
    if (this.#isEnding) {
      if (this.#isDraining && isStarted && end.exitCode !== 0) this.#end = { exitCode: 1 }
      this.#endWhenEmpty()
    } else if (!this.#hasStarted) {
      this.#fail({
        exitCode: 1,
        text: `sluice: Cannot start: worker ${slot.number} ${describeEnd(end)} before it served`,
      })
    } else if (this.slots.every(({ failedStartCount }) => failedStartCount >= MAX_FAILED_STARTS)) {
      const state = `each worker ended ${MAX_FAILED_STARTS} times in a row before it served`
      this.#fail({ exitCode: 1, text: `sluice: Cannot go on: ${state}; the last one ${describeEnd(end)}` })
    } else {
      const isAsTold = isRetiring && end.exitCode === 0
      const delayMs = slot.refillBy(() => this.#fill(slot), isAsTold)
      const state = `${describeEnd(end)}; starting it again${delayMs > 0 ? ` in ${delayMs} ms` : ''}`
      if (isAsTold) this.#options.log.info(`${name} was told to stop; starting it again`)
      else this.#options.log.error(`${name} ${state}`)
    }
  }

  /** Ends everything, for a reason of its own. */
  #fail(end: GroupEnd): void {
    if (this.#isEnding) return
    this.kill()
    this.#end = end
    this.#endWhenEmpty()
  }

  #killUndrained(): void {
    const left = this.slots.filter(({ process }) => process !== undefined)
    for (const { number, process } of left) {
      this.#options.log.error(`Killing worker ${number} (pid ${process?.pid}): it did not end when it was told to`)
      process?.kill('SIGKILL')
    }
  }

  #endWhenEmpty(): void {
    if (this.slots.some(({ process }) => process !== undefined)) return
    void Promise.all(this.#outputs).then(() => this.#resolveEnded(this.#end))
  }
}

function describeEnd({ exitCode, signal }: WorkerEnd): string {
  return signal === null ? `ended with exit code ${exitCode}` : `was killed by ${signal}`
}
