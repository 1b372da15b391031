import { expect, test } from 'vitest'
import { handleData } from '../../src/filters/handle-data.ts'
import { handleMessageBody } from '../../src/filters/handle-message-body.ts'
import { handleMessageEnd } from '../../src/filters/handle-message-end.ts'
import { handleMessageStart } from '../../src/filters/handle-message-start.ts'
import { handleMessage } from '../../src/filters/handle-message.ts'
import { handleSessionEnd } from '../../src/filters/handle-session-end.ts'
import { handleSessionStart } from '../../src/filters/handle-session-start.ts'
import { requireFunction } from '../../src/filters/require-function.ts'

const HANDLERS = {
  handleData,
  handleMessage,
  handleMessageBody,
  handleMessageEnd,
  handleMessageStart,
  handleSessionEnd,
  handleSessionStart,
}

test.each(Object.entries(HANDLERS))(
  '%s refuses a callback that is no function when the proxy is described',
  (name, create) => {
    const text = `Cannot configure ${name}: the callback must be a function`
    expect(() => create(undefined as never)).toThrow(`${text}, got undefined`)
    expect(() => create({} as never)).toThrow(`${text}, got an object`)
  },
)

test('requireFunction says nothing about a function', () => {
  expect(requireFunction('handleData', 'the callback', () => undefined)).toBeUndefined()
})
