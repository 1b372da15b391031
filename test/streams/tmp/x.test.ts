import { test } from 'vitest'
import { settleStreams } from '../web-stream-pair.ts'
test('x', async () => {
  let c!: ReadableStreamDefaultController<Uint8Array>
  const log: string[] = []
  const r = new ReadableStream<Uint8Array>({ start: (x) => { c = x }, pull: () => void log.push('pull') })
  await settleStreams()
  log.push('size ' + c.desiredSize)
  c.enqueue(new Uint8Array(1))
  log.push('size ' + c.desiredSize)
  await settleStreams()
  log.push('got reader')
  const reader = r.getReader()
  await reader.read()
  await settleStreams()
  log.push('size ' + c.desiredSize)
  console.log(log.join(', '))
})
