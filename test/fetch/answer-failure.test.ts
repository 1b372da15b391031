import { expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { answerFailure } from '../../src/fetch/answer-failure.ts'
import { RecordingLog } from '../support/recording-log.ts'

const URL_WITH_SECRET = 'http://host.test/path?key=secret'

test.each([
  [new ProxyError('CONNECT_TIMEOUT', 'Cannot connect'), 504, 'Connection Timeout', 'warn', 'Cannot connect'],
  [new ProxyError('QUEUE_FULL', 'Cannot wait'), 503, 'Service Unavailable', 'error', 'Cannot wait'],
  [new ProxyError('BODY_TOO_LARGE', 'Cannot take'), 413, 'Content Too Large', 'debug', 'Cannot take'],
  [new TypeError('oops'), 500, 'Internal Server Error', 'error', 'Cannot answer: oops'],
  ['oops', 500, 'Internal Server Error', 'error', 'Cannot answer: oops'],
] as const)('answerFailure makes of %s %i %s, and writes it at %s', async (error, status, text, level, message) => {
  const log = new RecordingLog()
  const response = answerFailure(error, new Request(URL_WITH_SECRET, { method: 'PUT', body: 'a' }), log)
  expect(response.status).toBe(status)
  expect(response.statusText).toBe(text)
  expect(response.headers.get('content-type')).toBe('text/plain')
  expect(await response.text()).toBe(`${text}\n`)
  expect(log.entries).toEqual([`${level} Answering ${status} to PUT /path: ${message}`])
})

test('answerFailure gives no body to HEAD', () => {
  const error = new ProxyError('CONNECTION_REFUSED', 'Cannot connect')
  const response = answerFailure(error, new Request(URL_WITH_SECRET, { method: 'HEAD' }), new RecordingLog())
  expect(response.body).toBeNull()
})

test('answerFailure makes nothing of a client that is gone', () => {
  const log = new RecordingLog()
  const request = new Request(URL_WITH_SECRET, { signal: AbortSignal.abort() })
  answerFailure(new ProxyError('CONNECTION_RESET', 'Cannot go on'), request, log)
  expect(log.entries).toEqual(['debug Answering 502 to GET /path: Cannot go on'])
})
