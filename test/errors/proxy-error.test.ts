import { describe, expect, test } from 'vitest'
import { ERROR_KINDS, type ErrorCode, ProxyError } from '../../src/errors.ts'

const codes = Object.keys(ERROR_KINDS) as ErrorCode[]
const upstreamCodes = codes.filter((code) => ERROR_KINDS[code].source === 'upstream')

describe('ERROR_KINDS', () => {
  test.each(codes)('%s has a status and a text that may stand in a status line', (code) => {
    const { status, reason } = ERROR_KINDS[code]
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
    expect(reason).toMatch(/^[A-Z][A-Za-z ]+$/)
  })

  test('blames the client with 4xx or with what its request asked for in vain', () => {
    const statuses = codes
      .filter((code) => ERROR_KINDS[code].source === 'downstream')
      .map((code) => ERROR_KINDS[code].status)
    expect(statuses.filter((status) => status >= 500)).toEqual([505, 501, 501])
  })

  test('blames the upstream with 502, with 504 when it was too slow, or with 503 when there is none', () => {
    expect([...new Set(upstreamCodes.map((code) => ERROR_KINDS[code].status))].toSorted()).toEqual([502, 503, 504])
  })

  test('lets a request be sent again only when no upstream can have begun to work on it', () => {
    const retryable = codes.filter((code) => ERROR_KINDS[code].retry !== 'no')
    expect(retryable.toSorted()).toEqual([
      'CANNOT_RESOLVE',
      'CONNECTION_CLOSED',
      'CONNECTION_REFUSED',
      'CONNECTION_RESET',
      'CONNECT_FAILED',
      'CONNECT_TIMEOUT',
      'DISCOVERY_FAILED',
      'NO_TARGET',
      'QUEUE_FULL',
      'QUEUE_TIMEOUT',
      'QUOTA_EXCEEDED',
    ])
    expect(retryable.filter((code) => ERROR_KINDS[code].retry === 'reused')).toEqual([
      'CONNECTION_RESET',
      'CONNECTION_CLOSED',
    ])
  })

  test.each<[ErrorCode, number, string]>([
    ['CANNOT_RESOLVE', 502, 'Cannot Resolve'],
    ['CONNECTION_REFUSED', 502, 'Connection Refused'],
    ['CONNECTION_RESET', 502, 'Read Error'],
    ['CONNECT_FAILED', 502, 'Bad Gateway'],
  ])('answers %s as Pipy does', (code, status, reason) => {
    expect(ERROR_KINDS[code]).toMatchObject({ status, reason })
  })

  test.each<[ErrorCode, number]>([
    ['HEAD_TOO_LARGE', 431],
    ['TARGET_TOO_LONG', 414],
    ['REQUEST_TIMEOUT', 408],
    ['CONNECT_TIMEOUT', 504],
    ['RESPONSE_TIMEOUT', 504],
    ['QUEUE_FULL', 503],
    ['QUEUE_TIMEOUT', 503],
    ['CALLBACK_FAILED', 500],
  ])('answers %s with %i', (code, status) => {
    expect(new ProxyError(code, 'Cannot')).toMatchObject({ code, status })
  })
})

describe('new ProxyError', () => {
  test('takes source, retry, status and reason from its code', () => {
    const error = new ProxyError('CONNECTION_RESET', 'Cannot read "h:1": it was reset')
    expect(error).toBeInstanceOf(Error)
    expect({ ...error }).toEqual({
      name: 'ProxyError',
      code: 'CONNECTION_RESET',
      source: 'upstream',
      retry: 'reused',
      status: 502,
      reason: 'Read Error',
      location: undefined,
    })
    expect([error.message, 'cause' in error]).toEqual(['Cannot read "h:1": it was reset', false])
  })

  test('keeps its cause and its location', () => {
    const cause = new TypeError('no')
    const location = { file: 'proxy.js', line: 1, column: 2 }
    const error = new ProxyError('SCRIPT_FAILED', 'Cannot run', { cause, location })
    expect([error.cause, error.location]).toEqual([cause, location])
  })

  test.each(codes)('%s is 502 when the upstream broke what a client is usually blamed for', (code) => {
    const kind = ERROR_KINDS[code]
    const error = new ProxyError(code, 'Cannot', { source: 'upstream' })
    const expected =
      kind.source === 'downstream'
        ? { status: 502, reason: 'Bad Gateway' }
        : { status: kind.status, reason: kind.reason }
    expect(error).toMatchObject({ source: 'upstream', ...expected })
  })

  test('keeps its status when another source than the upstream is given', () => {
    expect(new ProxyError('MALFORMED_CHUNK', 'Cannot', { source: 'internal' })).toMatchObject({
      source: 'internal',
      status: 400,
    })
  })
})

describe('ProxyError.from', () => {
  test('gives a ProxyError back as it is', () => {
    const error = new ProxyError('QUEUE_FULL', 'Cannot wait')
    expect(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot run')).toBe(error)
  })

  test.each<[unknown, string]>([
    [new TypeError('x is not a function'), 'x is not a function'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [{ toString: () => 'own text' }, 'own text'],
    [Symbol('s'), 'Symbol(s)'],
    [Object.create(null), 'a thrown value of type object'],
  ])('wraps %s', (thrown, state) => {
    const error = ProxyError.from(thrown, 'CALLBACK_FAILED', 'Cannot run the callback')
    expect([error.code, error.message]).toEqual(['CALLBACK_FAILED', `Cannot run the callback: ${state}`])
    expect(error.cause).toBe(thrown)
  })
})
