import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/engine/parse-address.ts'

describe('parseAddress', () => {
  test.each([
    ['127.0.0.1:8000', '127.0.0.1', 8000],
    ['localhost:80', 'localhost', 80],
    ['api.internal_zone:65535', 'api.internal_zone', 65535],
    ['a:0', 'a', 0],
    ['[::1]:8080', '::1', 8080],
    ['[fe80::1%eth0]:1', 'fe80::1%eth0', 1],
    ['[::ffff:10.0.0.1]:443', '::ffff:10.0.0.1', 443],
  ])('reads %s, with or without a default host', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port })
    expect(parseAddress(text, '0.0.0.0')).toEqual({ host, port })
  })

  test('reads a bare port where there is a default host', () => {
    expect(parseAddress('8000', '')).toEqual({ host: '', port: 8000 })
  })

  test.each([
    '',
    ':80',
    'a',
    'a:',
    'a:65536',
    'a:-1',
    'a:1.5',
    'a: 80',
    'a:80 ',
    'a:0x50',
    '::1',
    '::1:80',
    '[::1]',
    '[::1',
    '[::1]80',
    '[a]:80',
    'a b:80',
    'http://a:80',
    'a/b:80',
    'a\r\nb:80',
    '8000',
  ])('refuses "%s" as a target, with the value', (text) => {
    expect(() => parseAddress(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_TARGET', message: expect.stringContaining(`"${text}"`) as string }),
    )
  })

  test.each(['', 'x', '-1', '65536', '1.5', '::1'])('refuses to listen on "%s" with another code', (text) => {
    expect(() => parseAddress(text, '')).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: `Cannot read address "${text}": expected a port, "host:port" or "[v6]:port", port 0 to 65535`,
      }),
    )
  })
})
