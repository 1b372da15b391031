import { Message, pipy } from 'sluice'
import { expect, test } from 'vitest'
import { fetchHandler } from '../../src/fetch/fetch-handler.ts'
import type { ReusableTransport } from '../../src/fetch/reusable-transport.ts'
import { PlayedTransport } from '../engine/played-transport.ts'
import { RecordingLog } from '../support/recording-log.ts'

function open() {
  const made: { isAtRest: boolean }[] = []
  const prepared: unknown[] = []
  const createTransport = (): ReusableTransport => {
    const transport = Object.assign(new PlayedTransport(), { isAtRest: true })
    made.push(transport)
    return transport
  }
  let answer: (() => void)[] = []
  const proxy = pipy({ count: 0 })
    .listen(1)
    .handleSessionStart((_, $) => void $.count++)
    .demuxHTTP((p) =>
      p.replaceMessage(
        (_, $) => new Promise<Message>((resolve) => answer.push(() => resolve(new Message(String($.count))))),
      ),
    )
  const handle = fetchHandler(proxy, {
    transport: new PlayedTransport(),
    log: new RecordingLog(),
    isIsolated: true,
    createTransport,
  })
  const ask = () => handle(new Request('http://a/'), { prepare: (transport) => void prepared.push(transport) })
  const settle = async (count: number) => {
    await expect.poll(() => answer.length).toBe(count)
    for (const resolve of answer.splice(0)) resolve()
    answer = []
  }
  return { made, prepared, ask, settle }
}

test('requests one after the other share a build and its transport, and each has variables of its own', async () => {
  const { made, prepared, ask, settle } = open()
  for (let i = 0; i < 3; i++) {
    const response = ask()
    await settle(1)
    expect(await (await response).text()).toBe('1')
  }
  expect(made).toHaveLength(1)
  expect(prepared).toEqual([made[0], made[0], made[0]])
})

test('requests at once have builds of their own', async () => {
  const { made, ask, settle } = open()
  const responses = [ask(), ask(), ask()]
  await settle(3)
  for (const response of responses) expect(await (await response).text()).toBe('1')
  expect(made).toHaveLength(3)
  const later = ask()
  await settle(1)
  await later
  expect(made).toHaveLength(3)
})

test('a transport with something under way serves no other request', async () => {
  const { made, ask, settle } = open()
  const first = ask()
  await expect.poll(() => made.length).toBe(1)
  ;(made[0] as { isAtRest: boolean }).isAtRest = false
  await settle(1)
  await first
  const second = ask()
  await settle(1)
  await second
  expect(made).toHaveLength(2)
})
