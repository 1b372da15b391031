import { describe, expect, test } from 'vitest'
import { ForwardedRules, type ForwardedSettings } from '../../src/http/forwarded-rules.ts'
import type { ParsedHead } from '../../src/http/parsed-head.ts'
import { decodeText } from './decode-text.ts'

const STRANGER = '6.6.6.6'
const PROXY = '10.0.0.7'
const TRUSTED: ForwardedSettings = { trustedProxies: ['10.0.0.0/8', 'fd00::/8'] }

function parse(text: string): ParsedHead {
  const { messages, error } = decodeText(text)
  expect(error).toBeUndefined()
  return messages[0]?.head as ParsedHead
}

/** The header lines of a request as everybody behind sees them; without a Host of its own it has `Host: a`. */
function apply(lines: readonly string[], peer: string, settings?: ForwardedSettings): readonly string[] {
  const head = parse(['GET / HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n'))
  const { text } = new ForwardedRules(settings).apply(head, peer)
  return text.slice(0, -4).split('\r\n').slice(2)
}

const said = (peer: string, host = 'a', proto = 'http'): readonly string[] => [
  `X-Forwarded-For: ${peer}`,
  `X-Forwarded-Host: ${host}`,
  `X-Forwarded-Proto: ${proto}`,
]

describe('ForwardedRules', () => {
  test('say for whom a request is forwarded', () => {
    expect(apply(['X: y'], STRANGER)).toEqual(['X: y', ...said(STRANGER)])
    expect(apply([], STRANGER, { style: 'forwarded' })).toEqual(['Forwarded: for=6.6.6.6;host=a;proto=http'])
    expect(apply([], STRANGER, { style: 'both' })).toEqual([
      ...said(STRANGER),
      'Forwarded: for=6.6.6.6;host=a;proto=http',
    ])
  })

  describe('of a peer', () => {
    test.each([
      ['IPv4', '1.2.3.4', '1.2.3.4', '1.2.3.4'],
      ['IPv4 that is written as IPv6', '::ffff:1.2.3.4', '1.2.3.4', '1.2.3.4'],
      ['IPv6', '2001:db8::1', '2001:db8::1', '"[2001:db8::1]"'],
      ['IPv6 with a zone, which means nothing elsewhere', 'fe80::1%eth0', 'fe80::1', '"[fe80::1]"'],
    ])('of %s', (_, address, shown, node) => {
      expect(apply([], address)).toEqual(said(shown))
      expect(apply([], address, { style: 'forwarded' })).toEqual([`Forwarded: for=${node};host=a;proto=http`])
    })

    test.each(['', 'unknown', '1.2.3.4, 5.6.7.8', '1.2.3.4\r\nX: y', 'a"b'])(
      'of %j nothing, since it is no address',
      (address) => {
        expect(apply([], address)).toEqual(said('').slice(1))
        expect(apply([], address, { style: 'forwarded' })).toEqual(['Forwarded: for=unknown;host=a;proto=http'])
        expect(apply(['X-Forwarded-For: 7.7.7.7'], address, { trustedProxies: ['0.0.0.0/0', '::/0'] })).toEqual(
          said('').slice(1),
        )
      },
    )
  })

  describe('of a host', () => {
    const hostOf = (text: string, style: ForwardedSettings['style']): readonly string[] =>
      new ForwardedRules({ style: style as 'both' })
        .apply(parse(text), STRANGER)
        .text.split('\r\n')
        .filter((line) => /^(?:x-forwarded-host|forwarded):/i.test(line))

    test.each([
      ['a name', 'GET / HTTP/1.1\r\nHost: a.b\r\n\r\n', 'a.b', 'a.b'],
      ['a port', 'GET / HTTP/1.1\r\nHost: a:80\r\n\r\n', 'a:80', '"a:80"'],
      ['IPv6', 'GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', '[::1]:80', '"[::1]:80"'],
      ['characters that are no token', 'GET / HTTP/1.1\r\nHost: a(b)=c;d\r\n\r\n', 'a(b)=c;d', '"a(b)=c;d"'],
      ['the target', 'GET http://a:81/b HTTP/1.1\r\nHost: a:81\r\n\r\n', 'a:81', '"a:81"'],
      ['the target alone', 'GET http://a:81/b HTTP/1.0\r\n\r\n', 'a:81', '"a:81"'],
      ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 'a:443', '"a:443"'],
    ])('from %s', (_, text, host, quoted) => {
      expect(hostOf(text, 'both')).toEqual([
        `X-Forwarded-Host: ${host}`,
        `Forwarded: for=6.6.6.6;host=${quoted};proto=http`,
      ])
    })

    test.each([
      ['an empty Host', 'GET / HTTP/1.1\r\nHost: \r\n\r\n'],
      ['HTTP/1.0 without a Host', 'GET / HTTP/1.0\r\n\r\n'],
    ])('not from %s', (_, text) => {
      expect(hostOf(text, 'both')).toEqual(['Forwarded: for=6.6.6.6;proto=http'])
    })
  })

  describe('take out of what anybody says', () => {
    test.each([
      ['X-Forwarded-For: 7.7.7.7'],
      ['x-forwarded-for: 7.7.7.7', 'X: y', 'X-FORWARDED-FOR: 8.8.8.8'],
      ['X-Forwarded-Host: evil', 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 443', 'X-Real-IP: 7.7.7.7'],
      ['Forwarded: for=7.7.7.7', 'Forwarded: for="'],
      ['X_Forwarded_For: 7.7.7.7', 'X-Forwarded_Proto: https', 'x_real-ip: 7.7.7.7'],
      ['Connection: x-forwarded-for, forwarded', 'X-Forwarded-For: 7.7.7.7', 'Forwarded: for=7.7.7.7'],
    ])('%s', (...lines) => {
      for (const style of ['x-forwarded', 'forwarded', 'both'] as const) {
        const text = apply(lines, STRANGER, { ...TRUSTED, style }).join('\n')
        expect(text).not.toMatch(/7\.7\.7\.7|8\.8\.8\.8|evil|https|443/)
        expect(text).toContain(STRANGER)
        if (lines.includes('X: y')) expect(text).toContain('X: y\n')
      }
    })

    test('and of nobody what is none of theirs', () => {
      const others = ['X-Forwarded: a', 'X-Forwarded-By: b', 'Forwarded-For: c', 'X-Forwarded-Foo: d', 'Via: 1.1 e']
      expect(apply(others, STRANGER)).toEqual([...others, ...said(STRANGER)])
    })
  })

  describe('believe a proxy that is trusted', () => {
    test('and add to what it says', () => {
      const lines = ['X-Forwarded-For: 7.7.7.7', 'X-Forwarded-Host: shop', 'X-Forwarded-Proto: https']
      expect(apply(lines, PROXY, TRUSTED)).toEqual(said(`7.7.7.7, ${PROXY}`, 'shop', 'https'))
      expect(apply(lines, '::ffff:10.0.0.7', TRUSTED)).toEqual(said(`7.7.7.7, ${PROXY}`, 'shop', 'https'))
      expect(apply(lines, 'fd00::1', TRUSTED)).toEqual(said('7.7.7.7, fd00::1', 'shop', 'https'))
      expect(apply(lines, '11.0.0.0', TRUSTED)).toEqual(said('11.0.0.0'))
    })

    test('and join its lines in their order', () => {
      const lines = ['x-forwarded-for: 1.1.1.1', 'X: y', 'X-Forwarded-For: 2.2.2.2, 3.3.3.3']
      expect(apply(lines, PROXY, TRUSTED)).toEqual(['X: y', ...said(`1.1.1.1, 2.2.2.2, 3.3.3.3, ${PROXY}`)])
    })

    test('and add an element to its Forwarded', () => {
      const element = `for=${PROXY};host=a;proto=http`
      const forwarded = (...lines: string[]): readonly string[] =>
        apply(lines, PROXY, { ...TRUSTED, style: 'forwarded' })
      expect(forwarded('Forwarded: for=7.7.7.7')).toEqual([`Forwarded: for=7.7.7.7, ${element}`])
      expect(forwarded('Forwarded: for="[::1]:80";by=_x', 'forwarded: For=unknown')).toEqual([
        `Forwarded: for="[::1]:80";by=_x, For=unknown, ${element}`,
      ])
      expect(forwarded('Forwarded: for="a\\"b, c"')).toEqual([`Forwarded: for="a\\"b, c", ${element}`])
    })

    test.each([
      'for="7.7.7.7',
      'for="7.7.7.7\\"',
      'for=7.7.7.7"',
      'for=[::1]',
      '7.7.7.7',
      'for=',
      '=a',
      'for = a',
      '"',
      ' ',
      `${'a=b'.repeat(2000)}"`,
      `${', '.repeat(2000)}"`,
    ])('but not a Forwarded that is none: %j', (value) => {
      const element = `for=${PROXY};host=a;proto=http`
      expect(apply([`Forwarded: ${value}`], PROXY, { ...TRUSTED, style: 'forwarded' })).toEqual([
        `Forwarded: ${element}`,
      ])
    })

    test('with what it says in fields that are not written anew', () => {
      const lines = ['X-Forwarded-Port: 443', 'X-Real-IP: 7.7.7.7', 'Forwarded: for=7.7.7.7']
      expect(apply(lines, PROXY, TRUSTED)).toEqual([...lines, ...said(PROXY)])
    })

    test('but not what it let pass since it does not know the underscore', () => {
      expect(apply(['X_Forwarded_For: 7.7.7.7', 'X_Real_IP: 7.7.7.7'], PROXY, TRUSTED)).toEqual(said(PROXY))
    })

    test('with values of its own where those are empty', () => {
      const lines = ['X-Forwarded-For:', 'X-Forwarded-Host:', 'X-Forwarded-Proto:', 'Forwarded:']
      expect(apply(lines, PROXY, { ...TRUSTED, style: 'both' })).toEqual([
        ...said(PROXY),
        `Forwarded: for=${PROXY};host=a;proto=http`,
      ])
    })
  })

  test('refuse a style that there is not', () => {
    expect(() => new ForwardedRules({ style: 'x' as 'both' })).toThrow(
      'Cannot forward in style "x": expected "x-forwarded", "forwarded", "both"',
    )
  })

  test.each([{ 0: '10.0.0.0/8' }, '10.0.0.0/8', null])('refuse %j for what is no list of networks', (given) => {
    const trustedProxies = given as unknown as readonly string[]
    expect(() => new ForwardedRules({ trustedProxies })).toThrow(
      /^Cannot trust proxies .*: expected a list of networks$/,
    )
  })
})

describe('ParsedHead.withForwarded', () => {
  test('keeps what was told about the message', () => {
    const text =
      'PUT /b HTTP/1.1\r\nX-Forwarded-For: 7.7.7.7\r\nHost: a\r\nConnection: x, close\r\nX: y\r\nTE: trailers\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc'
    const head = parse(text)
    const copy = new ForwardedRules().apply(head, STRANGER)
    expect(copy).toMatchObject({
      method: 'PUT',
      path: '/b',
      contentLength: 3,
      isPersistent: false,
      expectsContinue: true,
      acceptsTrailers: true,
    })
    expect(copy.toForwardedText(undefined, '')).toBe(
      `PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n${said(STRANGER).join('\r\n')}\r\n\r\n`,
    )
    expect(head.text).toBe(text.slice(0, -3))
    expect(head.fields.get('x-forwarded-for')).toBe('7.7.7.7')
  })
})
