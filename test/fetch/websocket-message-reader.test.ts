import { describe, expect, test } from 'vitest'
import { writeWebSocketFrame } from '../../src/fetch/websocket-frame.ts'
import { WebSocketMessageReader } from '../../src/fetch/websocket-message-reader.ts'

const MASK = 0x12_34_56_78
const MAX_BYTES = 100_000
const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10

/** Reads pieces of bytes, and tells what was read. */
function read(pieces: readonly Uint8Array[], isMasked = true, maxMessageBytes = MAX_BYTES): unknown[] {
  const events: unknown[] = []
  const reader = new WebSocketMessageReader(
    isMasked,
    {
      takeMessage: (message) => events.push(typeof message === 'string' ? message : [...message]),
      takePing: (payload) => events.push(['ping', ...payload]),
      close: ({ code, reason }) => events.push(['close', code, reason]),
      violate: ({ code }) => events.push(['violation', code]),
    },
    maxMessageBytes,
  )
  for (const piece of pieces) reader.read(piece)
  return events
}

function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(values)
}

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content)
}

/** A frame as written, with its first byte changed. */
function frame(first: number, payload: Uint8Array = bytes()): Uint8Array {
  const written = writeWebSocketFrame(0, payload, MASK)
  written[0] = first
  return written
}

function join(...pieces: Uint8Array[]): Uint8Array {
  return new Uint8Array(pieces.flatMap((piece) => [...piece]))
}

test.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])(
  'WebSocketMessageReader reads what writeWebSocketFrame writes, with %i bytes',
  (size) => {
    const payload = Uint8Array.from({ length: size }, (_, i) => i % 251)
    for (const mask of [undefined, MASK]) {
      expect(read([writeWebSocketFrame(BINARY, payload, mask)], mask !== undefined)).toEqual([[...payload]])
    }
  },
)

test('WebSocketMessageReader reads the examples of RFC 6455 5.7', () => {
  const hello = bytes(0x48, 0x65, 0x6c, 0x6c, 0x6f)
  expect(read([bytes(0x81, 0x05, ...hello)], false)).toEqual(['Hello'])
  const masked = bytes(0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58)
  expect(read([masked])).toEqual(['Hello'])
  expect(read([bytes(0x01, 0x03, 0x48, 0x65, 0x6c), bytes(0x80, 0x02, 0x6c, 0x6f)], false)).toEqual(['Hello'])
  expect(read([bytes(0x89, 0x05, ...hello)], false)).toEqual([['ping', ...hello]])
  expect(read([bytes(0x8a, 0x05, ...hello)], false)).toEqual([])
  const long = new Uint8Array(256)
  expect(read([bytes(0x82, 0x7e, 0x01, 0x00), long], false)).toEqual([[...long]])
  const longer = new Uint8Array(65_536)
  expect(read([bytes(0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0), longer], false)).toEqual([[...longer]])
})

test('WebSocketMessageReader reads the same wherever the bytes are cut', () => {
  const stream = join(
    frame(TEXT, text('ü€')),
    frame(0x80 | PING, text('ping')),
    frame(0),
    frame(0x80, text('😀')),
    writeWebSocketFrame(BINARY, new Uint8Array(130).fill(7), MASK),
    frame(0x80 | PONG, text('pong')),
    writeWebSocketFrame(TEXT, text(''), MASK),
    writeWebSocketFrame(CLOSE, bytes(0x0f, 0xa1, ...text('had enough')), MASK),
  )
  const expected = read([stream])
  expect(expected).toEqual([['ping', ...text('ping')], 'ü€😀', Array(130).fill(7), '', ['close', 4001, 'had enough']])
  for (let i = 0; i <= stream.length; i++) {
    expect(read([stream.subarray(0, i), stream.subarray(i)])).toEqual(expected)
  }
  expect(read([...stream].map((byte) => bytes(byte)))).toEqual(expected)
})

describe('WebSocketMessageReader refuses', () => {
  test.each<[string, number, Uint8Array]>([
    ['the first reserved bit', 1002, frame(0xc0 | TEXT)],
    ['the second reserved bit', 1002, frame(0xa0 | TEXT)],
    ['the third reserved bit', 1002, frame(0x90 | TEXT)],
    ['kinds 3 to 7 of messages', 1002, frame(0x83)],
    ['kinds 11 to 15 of control frames', 1002, frame(0x8b)],
    ['a frame of a client that is not masked', 1002, writeWebSocketFrame(TEXT, text('x'))],
    ['a control frame in pieces', 1002, frame(PING)],
    ['a close frame in pieces', 1002, frame(CLOSE)],
    ['a control frame of 126 bytes', 1002, frame(0x80 | PING, new Uint8Array(126))],
    ['a length of 16 bits that 7 could say', 1002, bytes(0x82, 0xfe, 0, 125, 0, 0, 0, 0)],
    ['a length of 64 bits that 16 could say', 1002, bytes(0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0)],
    ['a length with its first bit set', 1002, bytes(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['a length beyond the limit', 1009, bytes(0x82, 0xff, 0, 0, 0, 0, 0, 1, 0x86, 0xa1, 0, 0, 0, 0)],
    ['the greatest length', 1009, bytes(0x82, 0xff, 0x7f, ...Array(7).fill(0xff), 0, 0, 0, 0)],
    ['a continuation of nothing', 1002, frame(0x80)],
    ['a message inside another one', 1002, join(frame(TEXT, text('a')), frame(0x80 | TEXT, text('b')))],
    ['text that is no UTF-8', 1007, frame(0x80 | TEXT, bytes(0xc3, 0x28))],
    ['text that ends inside a character', 1007, frame(0x80 | TEXT, bytes(0xe2, 0x82))],
    ['text with a surrogate', 1007, frame(0x80 | TEXT, bytes(0xed, 0xa0, 0x80))],
    ['half a close code', 1002, frame(0x80 | CLOSE, bytes(3))],
    ['close code 999', 1002, frame(0x80 | CLOSE, bytes(0x03, 0xe7))],
    ['close code 1004', 1002, frame(0x80 | CLOSE, bytes(0x03, 0xec))],
    ['close code 1005', 1002, frame(0x80 | CLOSE, bytes(0x03, 0xed))],
    ['close code 1006', 1002, frame(0x80 | CLOSE, bytes(0x03, 0xee))],
    ['close code 1015', 1002, frame(0x80 | CLOSE, bytes(0x03, 0xf7))],
    ['close code 2999', 1002, frame(0x80 | CLOSE, bytes(0x0b, 0xb7))],
    ['close code 5000', 1002, frame(0x80 | CLOSE, bytes(0x13, 0x88))],
    ['a close reason that is no UTF-8', 1007, frame(0x80 | CLOSE, bytes(0x03, 0xe8, 0xff))],
  ])('%s with %i, and reads nothing more', (_, code, refused) => {
    const whole = join(refused, writeWebSocketFrame(TEXT, text('more'), MASK))
    expect(read([whole])).toEqual([['violation', code]])
    expect(read([...whole].map((byte) => bytes(byte)))).toEqual([['violation', code]])
  })

  test('a frame of a server that is masked', () => {
    expect(read([writeWebSocketFrame(TEXT, text('x'), MASK)], false)).toEqual([['violation', 1002]])
  })

  test('a message whose pieces together are beyond the limit', () => {
    const piece = new Uint8Array(40)
    const pieces = [frame(BINARY, piece), frame(0, piece), frame(0x80, piece.subarray(0, 21))]
    expect(read(pieces, true, 101)).toEqual([Array(101).fill(0)])
    expect(read(pieces, true, 100)).toEqual([['violation', 1009]])
  })
})

test('WebSocketMessageReader reads a close frame without content, and nothing behind it', () => {
  expect(read([frame(0x80 | CLOSE), frame(0x80 | TEXT, text('more'))])).toEqual([['close', undefined, '']])
})

test('WebSocketMessageReader takes very many small pieces of one message', () => {
  const pieces = [frame(BINARY), ...Array.from({ length: 20_000 }, (_, i) => frame(0, bytes(i % 256))), frame(0x80)]
  expect(read(pieces)).toEqual([Array.from({ length: 20_000 }, (_, i) => i % 256)])
})
