import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Data, type Event, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { LIMITS } from '../../src/limits.ts'
import { HeldEvents } from '../../src/streams/held-events.ts'

describe('HeldEvents', () => {
  test('gives events back in order, the same objects', () => {
    const held = new HeldEvents()
    const events = [new MessageStart(), new Data('x'), new Data(), new MessageEnd(), new StreamEnd()]
    expect([held.isEmpty, held.shift()]).toEqual([true, undefined])
    for (const event of events) expect(held.push(event)).toBeUndefined()
    expect([held.isEmpty, held.bytes]).toEqual([false, 1])
    for (const event of events) expect(held.shift()).toBe(event)
    expect([held.isEmpty, held.bytes, held.shift()]).toEqual([true, 0, undefined])
  })

  test('keeps bytes that were borrowed', () => {
    const held = new HeldEvents()
    const buffer = new TextEncoder().encode('text')
    held.push(Data.view(buffer, 0, 4, 'call'))
    buffer.fill(0)
    expect(String(held.shift())).toBe('text')
  })

  test('refuses what would be too many bytes, and keeps the rest', () => {
    const held = new HeldEvents(4)
    expect(held.push(new Data('four'))).toBeUndefined()
    expect(held.push(new Data('5'))).toMatchObject({
      code: 'BUFFER_OVERFLOW',
      message: 'Cannot hold back more than 4 bytes: the other side does not take them',
    })
    expect([held.push(new MessageEnd()), held.bytes]).toEqual([undefined, 4])
    held.shift()
    expect(held.push(new Data('five'))).toBeUndefined()
  })

  test('takes 16 MiB without an option', () => {
    const held = new HeldEvents()
    expect(held.push(new Data(LIMITS.maxHeldBytes))).toBeUndefined()
    expect(held.push(new Data('x'))?.code).toBe('BUFFER_OVERFLOW')
  })

  test('refuses what would be too many events, also without bytes', () => {
    const held = new HeldEvents()
    for (let i = 0; i < LIMITS.maxHeldEvents; i++) expect(held.push(new Data())).toBeUndefined()
    expect(held.push(new Data())?.code).toBe('BUFFER_OVERFLOW')
    expect(held.push(new MessageEnd())?.code).toBe('BUFFER_OVERFLOW')
    held.shift()
    expect(held.push(new MessageEnd())).toBeUndefined()
  })

  test('behaves as a list does, however pushes and shifts alternate', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -200, max: 200 }), { maxLength: 40 }), (bursts) => {
        const held = new HeldEvents()
        const model: Event[] = []
        for (const burst of bursts) {
          for (let i = 0; i < burst; i++) {
            const event = i % 3 === 0 ? new MessageEnd() : new Data(i % 5)
            held.push(event)
            model.push(event)
          }
          for (let i = 0; i > burst; i--) expect(held.shift()).toBe(model.shift())
          expect(held.bytes).toBe(model.reduce((sum, event) => sum + (event instanceof Data ? event.size : 0), 0))
          expect(held.isEmpty).toBe(model.length === 0)
        }
        for (const event of model) expect(held.shift()).toBe(event)
      }),
    )
  })
})
