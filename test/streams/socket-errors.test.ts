import { expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { formatAddress } from '../../src/streams/format-address.ts'
import { acceptError, connectError, listenError, resetError } from '../../src/streams/socket-errors.ts'

const ADDRESS = { host: 'example.test', port: 80 }

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code })
}

test.each([
  ['ENOTFOUND', 'CANNOT_RESOLVE'],
  ['EAI_AGAIN', 'CANNOT_RESOLVE'],
  ['ECONNREFUSED', 'CONNECTION_REFUSED'],
  ['ETIMEDOUT', 'CONNECT_TIMEOUT'],
  ['EHOSTUNREACH', 'CONNECT_FAILED'],
  ['ECONNRESET', 'CONNECT_FAILED'],
])('connectError tells %s as %s with the address', (systemCode, code) => {
  const cause = systemError(systemCode)
  expect(connectError(cause, ADDRESS)).toMatchObject({ code, source: 'upstream', cause })
  expect(connectError(cause, ADDRESS).message).toContain('"example.test:80"')
})

test.each([
  ['EADDRINUSE', 'ADDRESS_IN_USE'],
  ['EACCES', 'ADDRESS_FORBIDDEN'],
  ['EADDRNOTAVAIL', 'ADDRESS_UNAVAILABLE'],
  ['EINVAL', 'ADDRESS_UNAVAILABLE'],
])('listenError tells %s as %s with the address', (systemCode, code) => {
  expect(listenError(systemError(systemCode), { host: '', port: 80 })).toMatchObject({ code })
  expect(listenError(systemError(systemCode), { host: '', port: 80 }).message).toContain('"*:80"')
})

test('connectError tells the first of several addresses that were tried', () => {
  const errors = [systemError('ECONNREFUSED'), systemError('ENETUNREACH')]
  const aggregate = Object.assign(new AggregateError(errors), { code: 'ECONNREFUSED' })
  expect(connectError(aggregate, ADDRESS).code).toBe('CONNECTION_REFUSED')
})

test('socket errors keep a ProxyError as it is', () => {
  const error = new ProxyError('CONNECT_TIMEOUT', 'Cannot connect')
  expect(connectError(error, ADDRESS)).toBe(error)
  expect(resetError(error)).toBe(error)
})

test('acceptError says what the system said and that it was the side of the clients', () => {
  const error = acceptError(systemError('EMFILE'), ADDRESS)
  expect(error.message).toContain('EMFILE')
  expect(error.source).toBe('downstream')
})

test('formatAddress writes IPv6 in brackets and all addresses as a star', () => {
  expect(formatAddress({ host: '::1', port: 1 })).toBe('[::1]:1')
  expect(formatAddress({ host: '', port: 1 })).toBe('*:1')
  expect(formatAddress(ADDRESS)).toBe('example.test:80')
})
