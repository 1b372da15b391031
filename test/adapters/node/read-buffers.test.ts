import { expect, test } from 'vitest'
import { ReadBuffers } from '../../../adapters/node/read-buffers.ts'
import { Data } from '../../../src/events.ts'

const LARGE = 64 * 1024

test('ReadBuffers stays with the shared buffer while little comes', () => {
  const buffers = new ReadBuffers()
  expect(buffers.next(buffers.shared, 0)).toBe(buffers.shared)
  expect(buffers.next(buffers.shared, 1000)).toBe(buffers.shared)
  expect(buffers.leasedCount).toBe(0)
})

test('ReadBuffers leases a buffer to a socket that filled the shared one, until little comes', () => {
  const buffers = new ReadBuffers()
  const own = buffers.next(buffers.shared, buffers.shared.bytes.length)
  expect(own).not.toBe(buffers.shared)
  expect(own.bytes.length).toBeGreaterThan(buffers.shared.bytes.length)
  expect(buffers.next(own, LARGE)).toBe(own)
  expect(buffers.next(own, 100)).toBe(buffers.shared)
  expect(buffers.leasedCount).toBe(0)
})

test('ReadBuffers gives another buffer to a socket whose own one still sends', () => {
  const buffers = new ReadBuffers()
  const own = buffers.next(buffers.shared, buffers.shared.bytes.length)
  const held = buffers.hold(Data.view(own.bytes, 10, 20, 'call'))
  expect(held).toBe(own)
  const next = buffers.next(own, LARGE)
  expect(next).not.toBe(own)
  expect(buffers.leasedCount).toBe(2)
  buffers.release(own)
  expect(buffers.leasedCount).toBe(1)
  // Given back, it is leased again instead of a new one.
  expect(buffers.next(buffers.shared, buffers.shared.bytes.length)).toBe(own)
})

test('ReadBuffers holds what lies in the shared buffer by a copy', () => {
  const buffers = new ReadBuffers()
  buffers.shared.bytes.set([1, 2, 3, 4], 5)
  const data = Data.view(buffers.shared.bytes, 5, 9, 'call')
  const held = buffers.hold(data)
  const bytes = held?.bytesOf(data)
  buffers.shared.bytes.fill(0)
  expect(Array.from(bytes ?? [])).toEqual([1, 2, 3, 4])
})

test('ReadBuffers holds nothing when the bytes are more than a buffer', () => {
  const buffers = new ReadBuffers()
  const bytes = new Uint8Array(1024 * 1024)
  expect(buffers.hold(Data.view(bytes, 0, bytes.length, 'call'))).toBeUndefined()
})

test('ReadBuffers leases a bounded number of buffers and falls back to the shared one', () => {
  const buffers = new ReadBuffers()
  const full = buffers.shared.bytes.length
  const leased = new Set()
  for (let i = 0; i < 1000; i++) leased.add(buffers.next(buffers.shared, full))
  expect(leased.has(buffers.shared)).toBe(true)
  expect(buffers.leasedCount).toBe(leased.size - 1)
  expect(buffers.hold(Data.view(new Uint8Array(10), 0, 10, 'call'))).toBeUndefined()
})
