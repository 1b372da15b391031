import { describe, expect, test } from 'vitest'
import { AddressRanges } from '../../src/http/address-ranges.ts'
import { parseIpAddress } from '../../src/http/ip-address.ts'

const LOOPBACK = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]

describe('parseIpAddress', () => {
  test.each([
    ['127.0.0.1', [127, 0, 0, 1]],
    ['255.255.255.255', [255, 255, 255, 255]],
    ['0.0.0.0', [0, 0, 0, 0]],
    ['::ffff:10.1.2.3', [10, 1, 2, 3]],
    ['::FFFF:0a01:0203', [10, 1, 2, 3]],
    ['0:0:0:0:0:ffff:10.1.2.3', [10, 1, 2, 3]],
    ['::1', LOOPBACK],
    ['0:0:0:0:0:0:0:1', LOOPBACK],
    ['0000:0000:0000:0000:0000:0000:0000:0001', LOOPBACK],
    ['::', LOOPBACK.map(() => 0)],
    ['::1.2.3.4', [...LOOPBACK.slice(0, 12), 1, 2, 3, 4]],
    ['1::', [0, 1, ...LOOPBACK.slice(0, 14)]],
    ['1:2:3:4:5:6:7::', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]],
    ['fe80::1%eth0', [0xfe, 0x80, ...LOOPBACK.slice(2)]],
  ])('reads %s', (text, bytes) => {
    expect(parseIpAddress(text)).toEqual(bytes)
  })

  test.each([
    '',
    ' ',
    'a',
    'localhost',
    'unknown',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.-1',
    '01.2.3.4',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3.0x4',
    '1.2..4',
    '1.2.3.4:80',
    '2130706433',
    ':',
    ':::',
    '::1::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    ':1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:8:',
    '12345::',
    'g::',
    '[::1]',
    '::1.2.3',
    '::1.2.3.4:5',
    '1.2.3.4::',
    '::ffff:1.2.3.256',
    '%eth0',
  ])('reads nothing out of %j', (text) => {
    expect(parseIpAddress(text)).toBeUndefined()
  })
})

describe('AddressRanges', () => {
  const has = (ranges: readonly string[], address: string): boolean =>
    new AddressRanges(ranges).has(parseIpAddress(address) ?? [])

  test.each([
    ['10.0.0.0/8', '10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
    ['172.16.0.0/12', '172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
    ['192.168.1.128/25', '192.168.1.128', '192.168.1.255', '192.168.1.127', '192.168.2.128'],
    ['192.168.1.4/31', '192.168.1.4', '192.168.1.5', '192.168.1.3', '192.168.1.6'],
    ['192.168.1.4/32', '192.168.1.4', '192.168.1.4', '192.168.1.3', '192.168.1.5'],
    ['127.0.0.1', '127.0.0.1', '::ffff:127.0.0.1', '127.0.0.0', '127.0.0.2'],
    ['128.0.0.0/1', '128.0.0.0', '255.255.255.255', '127.255.255.255', '::1'],
    ['0.0.0.0/0', '0.0.0.0', '255.255.255.255', '::', '::1'],
    ['::/0', '::', 'ffff::', '0.0.0.0', '127.0.0.1'],
    ['fc00::/7', 'fc00::', 'fdff:ffff::', 'fbff::', 'fe00::'],
    ['2001:db8::/33', '2001:db8::', '2001:db8:7fff::', '2001:db8:8000::', '2001:db7::'],
    ['::1', '::1', '0:0::0:1', '::', '::2'],
    ['::ffff:10.0.0.0/104', '10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
    ['::ffff:0:0/96', '0.0.0.0', '255.255.255.255', '::', '::1'],
    ['10.1.2.3/8', '10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
  ])('%s begins with %s and ends with %s', (range, first, last, before, behind) => {
    expect([first, last, before, behind].map((address) => has([range], address))).toEqual([true, true, false, false])
  })

  test('has what any of them has, and without any nothing', () => {
    expect(has(['10.0.0.0/8', '::1'], '::1')).toBe(true)
    expect(has(['10.0.0.0/8', '::1'], '10.1.2.3')).toBe(true)
    expect(has([], '10.1.2.3')).toBe(false)
    expect(has(['0.0.0.0/0', '::/0'], 'unknown')).toBe(false)
  })

  test.each([
    '',
    'localhost',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/ 8',
    '10.0.0.0/8 ',
    '10.0.0.0/1e1',
    '10.0.0.0/255.0.0.0',
    '10.*',
    '10/8',
    '::/129',
    '::ffff:10.0.0.0/24',
    '::ffff:10.0.0.0/129',
    'fe80::/a',
    '/8',
  ])('refuses %j', (range) => {
    expect(() => new AddressRanges(['::1', range])).toThrow(
      `Cannot trust ${JSON.stringify(range)}: expected an address`,
    )
  })

  test('refuses what is no text', () => {
    expect(() => new AddressRanges([undefined as unknown as string])).toThrow('Cannot trust undefined: expected')
    expect(() => new AddressRanges([10 as unknown as string])).toThrow('Cannot trust 10: expected')
  })
})
