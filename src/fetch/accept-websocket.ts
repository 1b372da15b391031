import { ProxyError } from '../errors.ts'
import { Data } from '../events.ts'
import { HeldEvents } from '../streams/held-events.ts'
import { bridgeWebSocket } from './websocket-bridge.ts'
import type { WebSocketLike } from './websocket-like.ts'

/** Who uses the frames of a client's WebSocket. */
export interface FramesUser {
  /** Bytes of frames of the client. */
  take(data: Data): void
  /** The client sends no more. */
  endOutput(): void
  /** Nothing moves any more; `error` when it did not end in good order. */
  close(error?: ProxyError): void
}

/** The frames of a client's WebSocket, as a connection has them. */
export interface AcceptedFrames {
  /** Takes bytes of frames for the client. */
  take(bytes: Uint8Array): void
  /** Nothing more comes for the client. */
  endInput(): void
  /** What the client sends is held back, since a WebSocket cannot be stopped: up to LIMITS.maxHeldBytes. */
  pause(): void
  resume(): void
  /** Closes the WebSocket, whatever is under way. */
  abort(): void
}

/**
 * Opens a client's WebSocket, whose frames go through the proxy as bytes. The proxy's upstream is the server, so this is
 * the client's side.
 * @param random gives numbers in [0, 1), for masks
 */
export function acceptWebSocket(webSocket: WebSocketLike, random: () => number, user: FramesUser): AcceptedFrames {
  const held = new HeldEvents()
  let isPaused = false
  let isInputOver = false
  let isOutputOver = false

  const endOutput = (): void => {
    user.endOutput()
    // Both sides have said that they send no more.
    if (isInputOver) user.close()
  }
  const fail = (error: ProxyError): void => {
    isOutputOver = true
    bridge.end()
    user.close(error)
  }
  const sink = {
    write: (bytes: Uint8Array<ArrayBuffer>) => {
      if (isOutputOver) return
      const data = Data.view(bytes, 0, bytes.length, 'owned')
      const overflow = isPaused ? held.push(data) : user.take(data)
      if (overflow instanceof ProxyError) fail(overflow)
    },
    end: () => {
      if (isOutputOver) return
      isOutputOver = true
      if (held.isEmpty) endOutput()
    },
  }
  const bridge = bridgeWebSocket(webSocket, sink, { role: 'client', random })
  return {
    take: (bytes) => bridge.take(bytes),
    endInput: () => {
      isInputOver = true
      const wasOver = isOutputOver
      bridge.end()
      if (wasOver) user.close()
    },
    pause: () => {
      isPaused = true
    },
    resume: () => {
      isPaused = false
      if (held.isEmpty) return
      while (!isPaused && !held.isEmpty) user.take(held.shift() as Data)
      if (held.isEmpty && isOutputOver) endOutput()
    },
    abort: () => {
      isOutputOver = true
      bridge.end()
    },
  }
}
