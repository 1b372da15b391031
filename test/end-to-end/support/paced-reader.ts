import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'

const INTERVAL_MS = 20
const BYTES_PER_INTERVAL = 800 * 1024

/** Takes the body of one message from a socket at 40 MiB/s: far less than the other side could send. */
export class PacedReader {
  bodyBytes = 0
  readonly #hash = createHash('sha1')
  #head = ''

  /** @returns the digest of the body, once all of it has come */
  async read(socket: Socket, bodyBytes: number): Promise<string> {
    let allowedBytes = 0
    let takenBytes = 0
    const timer = setInterval(() => {
      allowedBytes += BYTES_PER_INTERVAL
      if (takenBytes < allowedBytes) socket.resume()
    }, INTERVAL_MS)
    try {
      await new Promise<void>((resolve, reject) => {
        socket.on('data', (bytes) => {
          takenBytes += bytes.length
          if (takenBytes >= allowedBytes) socket.pause()
          this.#take(bytes)
          if (this.bodyBytes >= bodyBytes) resolve()
        })
        socket.once('close', () =>
          reject(new Error(`Cannot read on: closed after ${this.bodyBytes} of ${bodyBytes} bytes`)),
        )
      })
    } finally {
      clearInterval(timer)
    }
    return this.#hash.digest('hex')
  }

  #take(bytes: Buffer): void {
    let body = bytes
    if (!this.#head.endsWith('\r\n\r\n')) {
      const text = this.#head + bytes.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      body = end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4 - this.#head.length)
      this.#head = end < 0 ? text : text.slice(0, end + 4)
    }
    this.bodyBytes += body.length
    this.#hash.update(body)
  }
}
