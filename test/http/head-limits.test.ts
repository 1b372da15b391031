import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/limits.ts'
import { decodeText } from './decode-text.ts'
import { cutAt } from './segments.ts'

const LINE = 'GET / HTTP/1.1\r\n'
const HOST = 'Host: a\r\n'
/** Large text is cut every so often. */
const EVERY_1000 = Array.from({ length: 40 }, (_, i) => i * 1000)

function outcome(
  text: string,
  limits = LIMITS as { maxHeaderBytes: number; maxHeaderCount: number; maxTargetBytes: number },
): unknown {
  const whole = decodeText(text, { limits })
  const cut = decodeText(cutAt(text, EVERY_1000), { limits })
  expect(cut.error?.message).toBe(whole.error?.message)
  expect(cut.messages.length).toBe(whole.messages.length)
  return whole.error === undefined ? whole.messages.length : [whole.error.code, whole.error.status]
}

describe('a head is read', () => {
  test('up to maxHeaderBytes, and one byte more is 431', () => {
    const filled = (size: number): string => {
      const fixed = `${LINE}${HOST}X: \r\n\r\n`.length
      return `${LINE}${HOST}X: ${'x'.repeat(size - fixed)}\r\n\r\n`
    }
    expect(outcome(filled(LIMITS.maxHeaderBytes))).toBe(1)
    expect(outcome(filled(LIMITS.maxHeaderBytes + 1))).toEqual(['HEAD_TOO_LARGE', 431])
    expect(outcome(filled(LIMITS.maxHeaderBytes + 3))).toEqual(['HEAD_TOO_LARGE', 431])
  })

  test('with a body behind it that is larger than maxHeaderBytes', () => {
    const body = 'b'.repeat(40_000)
    expect(outcome(`POST / HTTP/1.1\r\n${HOST}Content-Length: 40000\r\n\r\n${body}`)).toBe(1)
  })

  test('with up to maxHeaderCount lines, and one more is 431', () => {
    const lines = (count: number): string => Array.from({ length: count }, (_, i) => `X${i}: y\r\n`).join('')
    expect(outcome(`${LINE}${HOST}${lines(LIMITS.maxHeaderCount - 1)}\r\n`)).toBe(1)
    expect(outcome(`${LINE}${HOST}${lines(LIMITS.maxHeaderCount)}\r\n`)).toEqual(['HEAD_TOO_LARGE', 431])
  })

  test('with a target up to maxTargetBytes, and one byte more is 414', () => {
    const target = (size: number): string => `/${'t'.repeat(size - 1)}`
    expect(outcome(`GET ${target(LIMITS.maxTargetBytes)} HTTP/1.1\r\n${HOST}\r\n`)).toBe(1)
    expect(outcome(`GET ${target(LIMITS.maxTargetBytes + 1)} HTTP/1.1\r\n${HOST}\r\n`)).toEqual([
      'TARGET_TOO_LONG',
      414,
    ])
  })

  test('never with a method that does not end', () => {
    expect(outcome('M'.repeat(LIMITS.maxHeaderBytes))).toEqual(['TARGET_TOO_LONG', 414])
    expect(outcome('M'.repeat(40_000))).toEqual(['TARGET_TOO_LONG', 414])
  })

  test('never with a target, a name or a value that does not end', () => {
    expect(outcome(`GET /${'t'.repeat(40_000)}`)).toEqual(['TARGET_TOO_LONG', 414])
    expect(outcome(`${LINE}${HOST}${'n'.repeat(40_000)}`)).toEqual(['HEAD_TOO_LARGE', 431])
    expect(outcome(`${LINE}${HOST}X: ${'v'.repeat(40_000)}`)).toEqual(['HEAD_TOO_LARGE', 431])
    expect(outcome(`${LINE}${HOST}X:${' '.repeat(40_000)}`)).toEqual(['HEAD_TOO_LARGE', 431])
    expect(outcome(`${LINE}${HOST}${'X: y\r\n'.repeat(10_000)}`)).toEqual(['HEAD_TOO_LARGE', 431])
  })

  test('up to its limit only: what is wrong behind that is not looked at', () => {
    const filled = `${LINE}${HOST}X: ${'x'.repeat(LIMITS.maxHeaderBytes)}`
    expect(outcome(`${filled}\0`)).toEqual(['HEAD_TOO_LARGE', 431])
    expect(outcome(`${LINE}${HOST}X: \0${'x'.repeat(LIMITS.maxHeaderBytes)}`)).toEqual(['MALFORMED_HEADER', 400])
  })

  test('by the limits that are given', () => {
    const limits = { maxHeaderBytes: 64, maxHeaderCount: 2, maxTargetBytes: 8 }
    expect(outcome(`GET /1234567 HTTP/1.1\r\n${HOST}X: y\r\n\r\n`, limits)).toBe(1)
    expect(outcome(`GET /12345678 HTTP/1.1\r\n${HOST}\r\n`, limits)).toEqual(['TARGET_TOO_LONG', 414])
    expect(outcome(`${LINE}${HOST}X: y\r\nY: z\r\n\r\n`, limits)).toEqual(['HEAD_TOO_LARGE', 431])
    expect(outcome(`${LINE}${HOST}X: ${'y'.repeat(64)}\r\n\r\n`, limits)).toEqual(['HEAD_TOO_LARGE', 431])
  })

  test('anew for each message', () => {
    const head = `${LINE}${HOST}X: ${'x'.repeat(10_000)}\r\n\r\n`
    expect(outcome(head.repeat(5))).toBe(5)
    const lines = 'X: y\r\n'.repeat(99)
    expect(outcome(`${LINE}${HOST}${lines}\r\n`.repeat(3))).toBe(3)
  })
})

describe('the head of an answer that is too large', () => {
  test('is the fault of the upstream: 502', () => {
    for (const text of [
      `HTTP/1.1 200 ${'r'.repeat(20_000)}`,
      `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(101)}\r\n`,
    ]) {
      const { error } = decodeText(text, { isRequest: false })
      expect({ code: error?.code, status: error?.status }).toEqual({ code: 'HEAD_TOO_LARGE', status: 502 })
    }
  })
})
