import { expect, test } from 'vitest'
import { Message, StreamEnd } from '../../src/events.ts'
import { handleData } from '../../src/filters/handle-data.ts'
import { handleSessionEnd } from '../../src/filters/handle-session-end.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'
import { WireProxy } from './wire/wire-proxy.ts'

filterCases('handleSessionEnd', () => handleSessionEnd(() => undefined))

test('handleSessionEnd calls back with the end before it passes, and not again when the pipeline is closed', () => {
  const seen: unknown[] = []
  const session = runPipeline([handleSessionEnd((end) => void seen.push(end.error, session.output.length))])
  const error = new Error('gone')
  session.feed('x', new StreamEnd(error))
  session.close()
  expect(seen).toEqual([error, 1])
})

test('handleSessionEnd calls back when a pipeline is closed before its end came', () => {
  const seen: unknown[] = []
  const session = runPipeline([handleSessionEnd((end) => void seen.push(end))]).feed('x')
  session.close()
  expect(seen).toEqual([new StreamEnd()])
})

test('handleSessionEnd calls back although an earlier filter failed and let no end through', () => {
  let calls = 0
  const failing = handleData((data) => {
    if (data.toString() === 'bad') throw new Error('no')
  })
  const session = runPipeline([failing, handleSessionEnd(() => void calls++)]).feed('good', 'bad', new StreamEnd())
  expect(calls).toBe(0)
  session.close()
  expect(calls).toBe(1)
})

test('handleSessionEnd does not call back for a session that never began', () => {
  let calls = 0
  runPipeline([handleSessionEnd(() => void calls++)]).close()
  expect(calls).toBe(0)
})

test('handleSessionEnd logs what its callback throws when the pipeline is over already', async () => {
  const throwing = runPipeline([
    handleSessionEnd(() => {
      throw new Error('too late')
    }),
  ])
  const rejecting = runPipeline([handleSessionEnd(() => Promise.reject(new Error('too late')))])
  for (const session of [throwing, rejecting]) {
    session.feed('x').close()
    await session.settle()
    const text = 'Cannot run the callback of handleSessionEnd in listen 8000: too late'
    expect(session.proxy.log.messages('error')).toEqual([text])
  }
})

test('handleSessionEnd does not call back while a client that has half-closed is owed an answer', async () => {
  // Issue 3: what the session frees was still in use then, and what a waiting request took later was never freed.
  const calls: string[] = []
  let proceed: () => void = () => undefined
  const proxy = await WireProxy.start(
    (listen) =>
      listen
        .handleSessionEnd(() => void calls.push('end'))
        .demuxHTTP((request) =>
          request
            .handleMessageStart(() => new Promise<void>((resolve) => (proceed = resolve)))
            .replaceMessage(() => {
              calls.push('answer')
              return new Message({ status: 200 }, 'late')
            }),
        ),
    { hasOnlyStreams: false },
  )
  const client = await proxy.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  client.end()
  await proxy.settle()
  expect(calls).toEqual([])
  proceed()
  await proxy.settle()
  expect(client.take()).toMatch(/^HTTP\/1\.1 200 .*late$/s)
  expect(calls).toEqual(['answer', 'end'])
})
