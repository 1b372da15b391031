import { describe, expect, test } from 'vitest'
import { Data, type Event, MessageEnd, MessageStart } from '../../src/events.ts'
import { EventWriter } from '../../src/http/event-writer.ts'
import { PLAIN_MESSAGE } from '../../src/http/message-settings.ts'
import { SentMessageStart } from '../../src/http/sent-message-start.ts'

function open(isRequest: boolean) {
  const events: Event[] = []
  const writer = new EventWriter(isRequest, { process: (event) => void events.push(event) })
  return { writer, events, types: () => events.map(({ type }) => type) }
}

describe('EventWriter', () => {
  test('passes a message on, with what its head does not say', () => {
    const { writer, events, types } = open(true)
    const start = new MessageStart({ method: 'PUT', path: '/', headers: { 'content-length': '2' } })
    expect(writer.start(start, { ...PLAIN_MESSAGE, via: 'sluice' })).toBeUndefined()
    expect([writer.data(new Data('ok')), writer.end(new MessageEnd())]).toEqual([undefined, undefined])
    expect(types()).toEqual(['MessageStart', 'Data', 'MessageEnd'])
    expect(events[0]).toBeInstanceOf(SentMessageStart)
    expect(events[0]).toMatchObject({ method: 'PUT', contentLength: 2, settings: { via: 'sluice' } })
  })

  test.each([
    ['longer', ['ok', '!'], '1 bytes more'],
    ['shorter', ['o'], '1 bytes less'],
  ])('refuses a body that is %s than its head says', (_, pieces, state) => {
    const { writer } = open(false)
    writer.start(new MessageStart({ status: 200, headers: { 'content-length': '2' } }))
    const errors = [...pieces.map((piece) => writer.data(new Data(piece))), writer.end(new MessageEnd())]
    expect(errors.find((error) => error !== undefined)).toMatchObject({
      code: 'LENGTH_MISMATCH',
      message: expect.stringContaining(state),
    })
  })

  test('refuses a length that is none', () => {
    const error = open(false).writer.start(new MessageStart({ status: 200, headers: { 'content-length': '2x' } }))
    expect(error).toMatchObject({ code: 'INVALID_OUTPUT' })
  })

  test.each([204, 205, 304])('drops the body of %i', (status) => {
    const { writer, types } = open(false)
    writer.start(new MessageStart({ status, headers: {} }))
    writer.data(new Data('body'))
    writer.end(new MessageEnd())
    expect(types()).toEqual(['MessageStart', 'MessageEnd'])
  })

  test('tells HEAD how long the body would be, and drops it', () => {
    const { writer, events, types } = open(false)
    writer.start(new MessageStart({ status: 200, headers: {} }), { ...PLAIN_MESSAGE, requestMethod: 'HEAD' })
    writer.data(new Data('12345'))
    writer.end(new MessageEnd())
    expect(types()).toEqual(['MessageStart', 'MessageEnd'])
    expect(events[0]).toMatchObject({ contentLength: 5 })
  })

  test('gives back what its receiver throws', () => {
    const writer = new EventWriter(false, {
      process: () => {
        throw new TypeError('no such header')
      },
    })
    expect(writer.start(new MessageStart({ status: 200, headers: {} }))).toMatchObject({ code: 'INVALID_OUTPUT' })
    expect(writer.hasWrittenHead).toBe(false)
  })
})
