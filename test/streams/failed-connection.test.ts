import { expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { FailedConnection } from '../../src/streams/failed-connection.ts'
import { RecordingHandler } from '../adapters/recording-handler.ts'

const ERROR = new ProxyError('INVALID_TARGET', 'Cannot connect to "binding:NONE"')

test('FailedConnection ends with its error when somebody attaches', async () => {
  const handler = new RecordingHandler(new FailedConnection(ERROR))
  expect(handler.direct.write(Data.latin1('lost'))).toBe(true)
  handler.direct.end()
  await handler.untilTold('close')
  expect([handler.calls, handler.error]).toEqual([['close'], ERROR])
})

test('FailedConnection rejects all that its streams promise', async () => {
  const { readable, writable, closed } = new FailedConnection(ERROR)
  await expect(closed).rejects.toBe(ERROR)
  await expect(readable.getReader().read()).rejects.toBe(ERROR)
  await expect(writable.getWriter().write(new Uint8Array(1))).rejects.toBe(ERROR)
})
