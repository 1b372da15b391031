import { describe, expect, test } from 'vitest'
import { checkWebSocketAnswer } from '../../src/fetch/check-websocket-answer.ts'

const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

describe('checkWebSocketAnswer', () => {
  test.each([ACCEPT, ` ${ACCEPT} `])('takes the answer to the key: "%s"', (accept) => {
    expect(checkWebSocketAnswer({ headers: { 'sec-websocket-accept': accept } }, ACCEPT)).toBeUndefined()
  })

  test.each<[string, Record<string, string | string[]>, string]>([
    ['none', {}, `Sec-WebSocket-Accept is missing, expected "${ACCEPT}"`],
    ['another one', { 'sec-websocket-accept': 'x"y' }, `Sec-WebSocket-Accept is "x\\"y", expected "${ACCEPT}"`],
    ['other letters', { 'sec-websocket-accept': ACCEPT.toLowerCase() }, 'Sec-WebSocket-Accept is "s3pplm'],
    ['two', { 'sec-websocket-accept': [ACCEPT, ACCEPT] }, `Sec-WebSocket-Accept is "${ACCEPT},${ACCEPT}"`],
    [
      'extensions',
      { 'sec-websocket-accept': ACCEPT, 'sec-websocket-extensions': 'permessage-deflate' },
      'the extensions "permessage-deflate" were not asked for',
    ],
  ])("is the upstream's fault: %s", (_, headers, state) => {
    const error = checkWebSocketAnswer({ headers }, ACCEPT)
    expect(error).toMatchObject({ code: 'MALFORMED_HEADER', status: 502, source: 'upstream' })
    expect(error?.message).toContain(`Cannot open WebSocket to the upstream: ${state}`)
  })
})
