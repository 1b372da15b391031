import { beforeEach, expect, test } from 'vitest'
import { BoundedLog } from '../../../adapters/cloudflare/bounded-log.ts'
import { ProxyError } from '../../../src/errors.ts'

let lines: string[]
let nowMs: number
let log: BoundedLog

beforeEach(() => {
  lines = []
  nowMs = 0
  const add = (message: string): number => lines.push(message)
  log = new BoundedLog({ error: add, warn: add, info: add, debug: () => undefined }, () => nowMs)
})

test('BoundedLog says the same once a minute', () => {
  for (const time of [0, 1, 59_999, 60_000, 60_001]) {
    nowMs = time
    log.error('broken')
  }
  expect(lines).toEqual(['broken', 'broken'])
})

test('BoundedLog tells errors apart by their own message', () => {
  const error = new ProxyError('CONNECTION_REFUSED', 'Cannot connect')
  log.warn('GET /a: Cannot connect', error)
  log.warn('GET /b: Cannot connect', error)
  expect(lines).toEqual(['GET /a: Cannot connect'])
})

test('BoundedLog warns of an upstream that fails, which others say at debug, and not of a client', () => {
  log.debug('answering 502', new ProxyError('CONNECTION_REFUSED', 'Cannot connect'))
  log.debug('answering 400', new ProxyError('MALFORMED_HEADER', 'Cannot read'))
  log.debug('anything')
  expect(lines).toEqual(['answering 502'])
})

test('BoundedLog writes at most 100 different things a minute, and says that it stops', () => {
  for (let i = 0; i < 200; i++) log.error(`error ${i}`)
  expect(lines.length).toBe(101)
  expect(lines[100]).toContain('no more errors for a minute')
  nowMs = 60_000
  log.error('error 150')
  expect(lines[101]).toBe('error 150')
})

test('BoundedLog leaves alone what is written at info', () => {
  for (let i = 0; i < 200; i++) log.info('printed')
  expect(lines.length).toBe(200)
})
