import { EventEmitter } from 'node:events'
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { allFields } from '../sample-messages.ts'
import type { TestedEncoder, Write } from './tested-encoder.ts'

/** What answers of a server of Node's are written by: there is no package that does this by itself. */
export const serverResponse: TestedEncoder = {
  title: 'ServerResponse of node:http',
  open: (message, write) => {
    const headers = Object.fromEntries(allFields(message))
    const [status, statusText] = message.start
    const socket = new WrittenSocket(write) as unknown as Socket
    const request = { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage
    return () => {
      const response = new ServerResponse(request)
      response.sendDate = false
      response.assignSocket(socket)
      response.writeHead(Number(status), statusText, headers)
      for (const piece of message.pieces) response.write(piece)
      response.end()
      response.detachSocket(socket)
    }
  },
}

/** As much of a socket as a response needs, so that no stream's time counts. */
class WrittenSocket extends EventEmitter {
  readonly writable = true
  /** Whoever wants to hold writes back finds that done: each response would wait for its own turn of the event loop. */
  readonly writableCorked = 1
  readonly _writableState = { corked: 1 }
  readonly writableLength = 0
  readonly writableHighWaterMark = 65_536
  readonly #write: Write

  constructor(write: Write) {
    super()
    this.#write = write
  }

  write(content: string | Uint8Array): boolean {
    this.#write(content)
    return true
  }

  cork(): void {}
  uncork(): void {}
}
