import cluster, { type Worker } from 'node:cluster'
import type { ChildProcess, SendHandle } from 'node:child_process'
import { isOwnMessage, type PrimaryMessage, type SocketHandle, type WorkerMessage } from './messages.ts'
import { forwardLines } from './forward-lines.ts'

/** How a worker ended: with an exit code, or by a signal. */
export interface WorkerEnd {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** What a worker's owner is told of it. */
export interface WorkerHandler {
  onMessage(message: WorkerMessage): void
  onEnd(end: WorkerEnd): void
}

/** A worker, as the primary has it. */
export interface WorkerProcess {
  readonly number: number
  readonly pid: number
  readonly isAlive: boolean
  /** Settles when everything that it has written is forwarded. */
  readonly whenSilent: Promise<void>
  /** Settles when the message is on its way, or cannot be sent any more. */
  send(message: PrimaryMessage, handle?: SocketHandle): Promise<void>
  kill(signal: NodeJS.Signals): void
}

/** Starts a worker. */
export type StartWorker = (number: number, handler: WorkerHandler) => WorkerProcess

/** Somebody whom the worker has started may have its outputs, and not end with it. */
const LONGEST_SILENCE_MS = 1000

/**
 * Prepares the process for workers that run a program. They are node:cluster's: a server of a user's own module is
 * shared among them as well.
 */
export function prepareWorkers(program: string, programArguments: readonly string[]): void {
  // Each worker may wait for these to take more.
  for (const output of [process.stdout, process.stderr]) output.setMaxListeners(0)
  cluster.setupPrimary({ exec: program, args: [...programArguments], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
}

/**
 * Starts a worker as a process of its own, and forwards what it writes, line by line, with its number. The proxy in it
 * knows the number by its environment.
 */
export function startWorkerProcess(number: number, handler: WorkerHandler): WorkerProcess {
  return new ClusterWorker(number, cluster.fork({ SLUICE_WORKER: String(number) }), handler)
}

class ClusterWorker implements WorkerProcess {
  readonly number: number
  readonly pid: number
  readonly whenSilent: Promise<void>
  readonly #process: ChildProcess
  readonly #ended: Promise<void>
  #isAlive = true

  constructor(number: number, worker: Worker, handler: WorkerHandler) {
    const child = worker.process
    this.number = number
    this.pid = child.pid ?? 0
    this.#process = child
    const prefix = `[worker ${number}] `
    if (child.stdout !== null) forwardLines(child.stdout, prefix, process.stdout)
    if (child.stderr !== null) forwardLines(child.stderr, prefix, process.stderr)
    child.on('message', (message: unknown) => {
      if (isOwnMessage(message)) handler.onMessage(message as WorkerMessage)
    })
    const end = (end: WorkerEnd): void => {
      if (!this.#isAlive) return
      this.#isAlive = false
      handler.onEnd(end)
    }
    child.once('exit', (exitCode, signal) => end({ exitCode, signal }))
    // It could not be started; what could not be sent is told by its end.
    child.on('error', () => child.pid === undefined && end({ exitCode: 1, signal: null }))
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()))
    this.whenSilent = new Promise((resolve) => {
      child.once('close', () => resolve())
      child.once('exit', () => setTimeout(resolve, LONGEST_SILENCE_MS))
    })
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  send(message: PrimaryMessage, handle?: SocketHandle): Promise<void> {
    if (!this.#process.connected) return Promise.resolve()
    const sent = new Promise<void>((resolve) => {
      // Node sends what it keeps inside of a server as well as the server; only its types know nothing of it. What fails
      // here is told by the end of the process.
      this.#process.send(message, handle as unknown as SendHandle, undefined, () => resolve())
    })
    // Of what waits to be sent when the process ends, nobody is told.
    return Promise.race([sent, this.#ended])
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }
}
