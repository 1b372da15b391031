import { expect, test } from 'vitest'
import type { ProxyError } from '../../src/errors.ts'
import { limitConnectTime } from '../../src/streams/limit-connect-time.ts'

/** A connection and a clock that say what happens to them. */
function scene() {
  const failures: ProxyError[] = []
  const timers: { readonly delayMs: number; readonly ring: () => void; isCancelled: boolean }[] = []
  const connection = { fail: (error: ProxyError) => void failures.push(error) }
  const transport = {
    setTimer: (ring: () => void, delayMs: number) => {
      const timer = { delayMs, ring, isCancelled: false }
      timers.push(timer)
      return { cancel: () => void (timer.isCancelled = true) }
    },
  }
  return { failures, timers, connection, transport }
}

test('limitConnectTime fails the connection with CONNECT_TIMEOUT when the time is over', () => {
  const { failures, timers, connection, transport } = scene()
  limitConnectTime(connection, { host: '::1', port: 80 }, 250, transport)
  expect(timers.map(({ delayMs }) => delayMs)).toEqual([250])
  expect(failures).toEqual([])
  timers[0]?.ring()
  expect(failures).toMatchObject([
    { code: 'CONNECT_TIMEOUT', message: 'Cannot connect to "[::1]:80": no answer after 250 ms' },
  ])
})

test('limitConnectTime gives what calls it off', () => {
  const { timers, connection, transport } = scene()
  limitConnectTime(connection, { host: 'h', port: 80 }, 250, transport)?.cancel()
  expect(timers[0]?.isCancelled).toBe(true)
})

test('limitConnectTime waits for ever when the time is 0', () => {
  const { timers, connection, transport } = scene()
  expect(limitConnectTime(connection, { host: 'h', port: 80 }, 0, transport)).toBeUndefined()
  expect(timers).toEqual([])
})
