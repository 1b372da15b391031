import { expect, test } from 'vitest'
import { decodeLatin1 } from '../../src/http/decode-latin1.ts'

test.each([0, 1, 7, 8, 9, 16, 255, 256])('decodeLatin1 reads %i bytes, each as the character of its number', (size) => {
  const bytes = Uint8Array.from({ length: size + 5 }, (_, i) => (i * 7 + 128) % 256)
  const text = decodeLatin1(bytes, 3, 3 + size)
  expect(Array.from(text, (character) => character.charCodeAt(0))).toEqual([...bytes.subarray(3, 3 + size)])
})
