import { describe, expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { createErrorMessage } from '../../src/http/error-message.ts'

describe('createErrorMessage', () => {
  test('tells the status, and a few words', () => {
    const { head, body } = createErrorMessage(new ProxyError('QUEUE_FULL', 'Cannot wait'))
    expect(head).toEqual({ status: 503, statusText: 'Service Unavailable', headers: { 'content-type': 'text/plain' } })
    expect(body?.toString()).toBe('Service Unavailable\n')
  })

  // RFC 9110 10.2.3
  test.each([
    [0, '1'],
    [999, '1'],
    [1001, '2'],
    [60_000, '60'],
  ])('says after %d ms by Retry-After: %s', (retryAfterMs, seconds) => {
    const { head } = createErrorMessage(new ProxyError('QUOTA_EXCEEDED', 'Cannot pass', { retryAfterMs }))
    expect([head.status, head.headers['retry-after']]).toEqual([429, seconds])
  })
})
