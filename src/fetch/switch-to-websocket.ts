import { ProxyError } from '../errors.ts'
import type { SentMessageStart } from '../http/sent-message-start.ts'
import type { DispatchTarget } from './dispatch-target.ts'
import { ResponseHead } from './response-head.ts'
import { acceptWebSocketKey } from './websocket-accept.ts'
import { bridgeWebSocket, type WebSocketBridge, type WebSocketFrameSink } from './websocket-bridge.ts'
import { WEBSOCKET_CLOSE } from './websocket-close.ts'
import type { WebSocketLike } from './websocket-like.ts'

/** A WebSocket of an upstream that is to be handed on as frames. */
export interface SwitchedWebSocket {
  /** The answer that says so. */
  readonly head: ResponseHead
  /** Opens it. */
  open(): WebSocketBridge
  /** Nobody is there to use it. */
  giveUp(): void
}

/**
 * Takes the WebSocket that an upstream agreed to.
 * @param frames where its frames go, and random numbers in [0, 1) for masks
 * @throws MALFORMED_START_LINE when there is none, or nobody asked for one
 */
export async function switchToWebSocket(
  response: Response,
  asked: SentMessageStart,
  target: DispatchTarget,
  frames: { readonly sink: WebSocketFrameSink; readonly random: () => number },
): Promise<SwitchedWebSocket> {
  const { webSocket } = response as Response & { readonly webSocket?: WebSocketLike | null }
  if (webSocket === undefined || webSocket === null || asked.settings.upgrade === '') {
    const text = `Cannot switch protocols with "${target.name}": nobody asked for it`
    throw new ProxyError('MALFORMED_START_LINE', text, { source: 'upstream' })
  }
  // Fetch has made a key of its own: its answer is none to the client's.
  const key = asked.head.headers['sec-websocket-key']
  const shown = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-accept': await acceptWebSocketKey(typeof key === 'string' ? key : ''),
    'sec-websocket-extensions': undefined,
  }
  return {
    head: new ResponseHead(response, { upgrade: 'websocket', shown }),
    open: () => bridgeWebSocket(webSocket, frames.sink, { role: 'server', random: frames.random }),
    giveUp: () => {
      webSocket.accept?.()
      webSocket.close(WEBSOCKET_CLOSE.internalError)
    },
  }
}
