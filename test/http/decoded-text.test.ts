import { expect, test } from 'vitest'
import { Data, type Event } from '../../src/events.ts'
import { MessageDecoder } from '../../src/http/message-decoder.ts'

test('MessageDecoder does not read bytes as text again that came as text', () => {
  const events: Event[] = []
  const decodeLatin1 = (): string => {
    throw new Error('read again')
  }
  const decoder = new MessageDecoder({ isRequest: true, decodeLatin1 }, { process: (event) => events.push(event) })
  const text = '\r\nPOST /a HTTP/1.1\r\nHost: a\r\nX-Name: \xe9\r\nContent-Length: 2\r\n\r\nhi'
  decoder.decode(Data.latin1(`${text}GET /b HTTP/1.1\r\nHost: b\r\n\r\n`))
  expect(events.map((event) => event.type)).toEqual([
    ...['MessageStart', 'Data', 'MessageEnd'],
    ...['MessageStart', 'MessageEnd'],
  ])
  const heads = events.flatMap((event) => (event.type === 'MessageStart' ? event.head : []))
  expect(heads.map(({ path, headers }) => [path, headers.host, headers['x-name']])).toEqual([
    ['/a', 'a', '\xe9'],
    ['/b', 'b', undefined],
  ])
})
