import { expect, test } from 'vitest'
import { Data, Message, MessageStart, StreamEnd } from '../../src/events.ts'
import { ProxyError } from '../../src/errors.ts'
import { dump } from '../../src/filters/dump.ts'
import { ProxyUnderTest, runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('dump', () => dump())

test('dump writes each event, and the bytes of data in hexadecimal and as text', () => {
  const session = runPipeline([dump('in')])
  session.feed(new Message({ path: '/' }, '0123456789abcdef\r\nxyz', { digest: 'x' }), new Data(), new StreamEnd())
  expect(session.proxy.log.messages('info')).toEqual([
    '[dump] [in] MessageStart {"path":"/"}',
    '[dump] [in] Data [size=21]',
    '00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef',
    '00000010  0d 0a 78 79 7a                                   ..xyz',
    '[dump] [in] MessageEnd {"digest":"x"}',
    '[dump] [in] Data [size=0]',
    '[dump] [in] StreamEnd',
  ])
})

test('dump writes why a stream ended', () => {
  const session = runPipeline([dump()])
  session.feed(
    new StreamEnd(new ProxyError('CONNECTION_RESET', 'Cannot read')),
    new StreamEnd('odd'),
    new StreamEnd(new Error('x')),
  )
  expect(session.proxy.log.messages('info')).toEqual([
    '[dump] StreamEnd [CONNECTION_RESET: Cannot read]',
    '[dump] StreamEnd [odd]',
    '[dump] StreamEnd [x]',
  ])
})

test('dump names the client connection and asks a function for its tag', async () => {
  const variables = { tag: 'x' }
  const inbound = { id: 7, remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 }
  for (const tag of [($: typeof variables) => $.tag, ($: typeof variables) => Promise.resolve($.tag)]) {
    const session = new ProxyUnderTest<typeof variables>([dump(tag)], { variables })
      .open(false, inbound)
      .feed(new MessageStart())
    expect(await session.settle()).toEqual(['start'])
    expect(session.proxy.log.messages('info')).toEqual(['[dump] [inbound=7] [x] MessageStart'])
  }
})

test('dump writes a head that JSON does not know', () => {
  const session = runPipeline([dump()]).feed(new MessageStart({ id: 5n }))
  expect(session.proxy.log.messages('info')).toEqual(['[dump] MessageStart [object Object]'])
})

test('dump ends the pipeline when the function of its tag throws', () => {
  const filter = dump(() => {
    throw new Error('no')
  })
  expect(runPipeline([filter]).feed('x').take()).toEqual(['close CALLBACK_FAILED'])
})
