import { once } from 'node:events'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'

/** Linux answers nobody whose connection would be one too many for the queue; other systems refuse it, or take it. */
export const canBeSilent = process.platform === 'linux'

/** Listens, and then does nothing any more: nobody takes what the system puts into the queue. */
const LISTEN = `
const { createServer } = require('node:net')
const { parentPort } = require('node:worker_threads')
const server = createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
})`

/** An address that neither accepts a connection nor refuses it: whoever connects waits. */
export async function startSilentAddress(): Promise<string> {
  const worker = new Worker(LISTEN, { eval: true })
  onTestFinished(async () => void (await worker.terminate()))
  const [port] = (await once(worker, 'message')) as [number]
  // The queue is full when it holds more than its length.
  for (let i = 0; i < 2; i++) {
    const filling = connect(port, '127.0.0.1')
    onTestFinished(() => void filling.destroy())
    filling.on('error', () => filling.destroy())
    await once(filling, 'connect')
  }
  return `127.0.0.1:${port}`
}
