import { expect, test } from 'vitest'
import { acceptWebSocketKey } from '../../src/fetch/websocket-accept.ts'

test('acceptWebSocketKey answers the key of RFC 6455 1.3 as that says', async () => {
  expect(await acceptWebSocketKey('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
})
