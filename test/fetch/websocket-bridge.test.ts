import { beforeEach, describe, expect, test } from 'vitest'
import { bridgeWebSocket, type WebSocketBridge } from '../../src/fetch/websocket-bridge.ts'
import { writeWebSocketFrame } from '../../src/fetch/websocket-frame.ts'
import type { WebSocketLike } from '../../src/fetch/websocket-like.ts'

const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9

/** A WebSocket whose other end the test plays. */
class PlayedWebSocket implements WebSocketLike {
  binaryType = 'blob'
  readonly calls: unknown[] = []
  /** Codes that `close` refuses, as that of browsers does. */
  refuses: (code: number) => boolean = () => false
  readonly #listeners = new Map<string, (event: never) => void>()

  accept(): void {
    this.calls.push('accept')
  }

  send(message: string | Uint8Array): void {
    this.calls.push(['send', typeof message === 'string' ? message : [...message]])
  }

  close(code?: number, reason?: string): void {
    if (code !== undefined && this.refuses(code)) throw new Error('InvalidAccessError')
    this.calls.push(['close', code, reason])
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    expect(this.calls).toEqual([])
    this.#listeners.set(type, listener)
  }

  emit(type: string, event: unknown = {}): void {
    this.#listeners.get(type)?.(event as never)
  }
}

let webSocket: PlayedWebSocket
let written: number[]
let ends: number
let bridge: WebSocketBridge

beforeEach(() => open('server'))

function open(role: 'client' | 'server'): void {
  webSocket = new PlayedWebSocket()
  written = []
  ends = 0
  const sink = { write: (bytes: Uint8Array) => written.push(...bytes), end: () => ends++ }
  bridge = bridgeWebSocket(webSocket, sink, { role, random: () => 0.5, maxMessageBytes: 1000 })
  expect(webSocket.calls.splice(0)).toEqual(['accept'])
  expect(webSocket.binaryType).toBe('arraybuffer')
}

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content)
}

function closeFrame(code: number, reason: string, mask?: number): number[] {
  return [...writeWebSocketFrame(CLOSE, new Uint8Array([code >> 8, code & 255, ...text(reason)]), mask)]
}

describe('bridgeWebSocket', () => {
  test('writes frames that are masked as a client, and not as a server', () => {
    webSocket.emit('message', { data: 'text' })
    webSocket.emit('message', { data: new Uint8Array([1, 2]).buffer })
    expect(written).toEqual([
      ...writeWebSocketFrame(TEXT, text('text')),
      ...writeWebSocketFrame(BINARY, new Uint8Array([1, 2])),
    ])
    open('client')
    webSocket.emit('message', { data: 'text' })
    expect(written).toEqual([...writeWebSocketFrame(TEXT, text('text'), 2 ** 31)])
  })

  test('sends the messages in frames', () => {
    bridge.take(writeWebSocketFrame(TEXT, text('ü'), 7))
    bridge.take(writeWebSocketFrame(BINARY, new Uint8Array([1]), 7))
    expect(webSocket.calls).toEqual([
      ['send', 'ü'],
      ['send', [1]],
    ])
  })

  test('answers a ping among the frames', () => {
    bridge.take(writeWebSocketFrame(PING, text('now'), 7))
    expect(written).toEqual([...writeWebSocketFrame(10, text('now'))])
    expect(webSocket.calls).toEqual([])
  })

  test('closes both sides when a close frame comes', () => {
    bridge.take(new Uint8Array(closeFrame(4001, 'enough', 7)))
    expect(webSocket.calls).toEqual([['close', 4001, 'enough']])
    expect(written).toEqual(closeFrame(4001, 'enough'))
    expect(ends).toBe(1)
    webSocket.emit('close', { code: 4001, reason: 'enough' })
    bridge.end()
    expect([written.length, ends, webSocket.calls.length]).toEqual([closeFrame(4001, 'enough').length, 1, 1])
  })

  test('closes both sides when the WebSocket is closed', () => {
    webSocket.emit('close', { code: 4002, reason: 'go' })
    expect(written).toEqual(closeFrame(4002, 'go'))
    expect(webSocket.calls).toEqual([['close', 4002, 'go']])
    expect(ends).toBe(1)
    webSocket.emit('message', { data: 'late' })
    bridge.take(writeWebSocketFrame(TEXT, text('late'), 7))
    expect(written).toEqual(closeFrame(4002, 'go'))
  })

  test('writes a close frame without content for a close without a code', () => {
    webSocket.emit('close', { code: 1005, reason: '' })
    expect(written).toEqual([0x88, 0])
    expect(ends).toBe(1)
  })

  test.each(['close', 'error'])('writes no close frame when the WebSocket breaks with %s', (type) => {
    webSocket.emit(type, { code: 1006, reason: '' })
    expect(written).toEqual([])
    expect(ends).toBe(1)
  })

  test('closes the WebSocket with 1011 when the frames end without a close frame', () => {
    bridge.take(writeWebSocketFrame(TEXT, text('x'), 7).subarray(0, 3))
    bridge.end()
    expect(webSocket.calls).toEqual([['close', 1011, 'The other side is gone']])
    expect([written, ends]).toEqual([[], 1])
  })

  test('closes both sides when the frames break the protocol', () => {
    bridge.take(new Uint8Array([0xff, 0xff]))
    expect(webSocket.calls).toEqual([['close', 1011, 'The other side broke the protocol']])
    expect(written.slice(0, 4)).toEqual([0x88, written.length - 2, 1002 >> 8, 1002 & 255])
    expect(ends).toBe(1)
  })

  test('closes both sides when a message is too long', () => {
    bridge.take(writeWebSocketFrame(BINARY, new Uint8Array(1001), 7))
    expect(written.slice(2, 4)).toEqual([1009 >> 8, 1009 & 255])
    expect(webSocket.calls.length).toBe(1)
  })

  test('closes plainly a WebSocket that does not take the code', () => {
    webSocket.refuses = (code) => code !== 1000 && code < 3000
    bridge.end()
    expect(webSocket.calls).toEqual([['close', undefined, undefined]])
  })

  test('cuts a reason that is too long for a close frame between two characters', () => {
    webSocket.emit('close', { code: 4000, reason: '€'.repeat(100) })
    expect(written).toEqual(closeFrame(4000, '€'.repeat(41)))
  })
})
