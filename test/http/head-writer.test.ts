import { describe, expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { type HeadInit, MessageStart } from '../../src/events.ts'
import { type HeadLines, writeRequestHead, writeResponseHead } from '../../src/http/head-writer.ts'
import { decodeText } from './decode-text.ts'

const AS_IT_CAME: HeadLines = { framing: undefined, added: '' }

/** A decoded message, whose head object the test changes as a script does. */
function received(text: string, change: (start: MessageStart) => void = () => undefined): MessageStart {
  const { messages, error } = decodeText(text, { isRequest: !text.startsWith('HTTP') })
  expect(error).toBeUndefined()
  const start = new MessageStart(undefined, messages[0]?.head)
  change(start)
  return start
}

const REQUEST =
  'POST /b HTTP/1.1\r\nhOsT: a\r\nX-One: 1\r\nX-Two:   2  \r\nCookie: c=1\r\nCookie: d=2\r\nX-One: 3\r\n\r\n'
const RESPONSE = 'HTTP/1.1 200 Fine\r\nSet-Cookie: a\r\nX-One: 1\r\nset-cookie: b\r\nX-Two: 2\r\n\r\n'

function refused(write: () => string): string {
  try {
    write()
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    expect({ code: error.code, status: error.status }).toEqual({ code: 'INVALID_OUTPUT', status: 500 })
    return error.message
  }
  throw new Error('it was written')
}

describe('writeRequestHead', () => {
  test('writes what came when nobody looked at it', () => {
    const start = received(REQUEST)
    expect(writeRequestHead(start, AS_IT_CAME)).toBe(REQUEST)
    expect(start.isHeadRead).toBe(false)
  })

  test('writes what came when somebody looked at it and changed nothing', () => {
    const start = received(REQUEST, ({ head }) => void head.headers.cookie)
    expect(start.isHeadRead).toBe(true)
    expect(writeRequestHead(start, AS_IT_CAME)).toBe(REQUEST)
  })

  test('writes what came when a change was taken back', () => {
    const start = received(REQUEST, ({ head }) => {
      head.path = '/c'
      head.headers['new'] = 'x'
      delete head.headers['new']
      head.path = '/b'
    })
    expect(writeRequestHead(start, AS_IT_CAME)).toBe(REQUEST)
  })

  test('writes a changed path and leaves the rest in the case and the lines in which it came', () => {
    const start = received(REQUEST, ({ head }) => void (head.path = '/c?d'))
    expect(writeRequestHead(start, AS_IT_CAME)).toBe(
      'POST /c?d HTTP/1.1\r\nhOsT: a\r\nX-One: 1\r\nX-One: 3\r\nX-Two:   2  \r\nCookie: c=1\r\nCookie: d=2\r\n\r\n',
    )
  })

  test('writes a changed header under the name that it came with', () => {
    const start = received(REQUEST, ({ head }) => void (head.headers['x-two'] = 'two'))
    expect(writeRequestHead(start, AS_IT_CAME)).toContain('\r\nX-Two: two\r\n')
  })

  test('writes a changed header that came several times as one', () => {
    const text = writeRequestHead(
      received(REQUEST, ({ head }) => void (head.headers['x-one'] += ', 4')),
      AS_IT_CAME,
    )
    expect(text.match(/x-one/gi)).toHaveLength(1)
    expect(text).toContain('X-One: 1, 3, 4\r\n')
  })

  test('writes new headers as they are given, behind the others', () => {
    const start = received(REQUEST, ({ head }) => {
      head.headers['x-new'] = 'n'
      head.headers['X-Newer'] = 5
    })
    expect(writeRequestHead(start, AS_IT_CAME)).toMatch(/Cookie: d=2\r\nx-new: n\r\nX-Newer: 5\r\n\r\n$/)
  })

  test('writes no header that was deleted or set to undefined', () => {
    const start = received(REQUEST, ({ head }) => {
      delete head.headers.cookie
      head.headers['x-one'] = undefined
    })
    expect(writeRequestHead(start, AS_IT_CAME)).toBe('POST /b HTTP/1.1\r\nhOsT: a\r\nX-Two:   2  \r\n\r\n')
  })

  test('writes a header in capitals in the place of the one in lower case, not beside it', () => {
    const start = received(REQUEST, ({ head }) => void (head.headers['Host'] = 'b'))
    const text = writeRequestHead(start, AS_IT_CAME)
    expect(text.match(/host/gi)).toHaveLength(1)
    expect(text).toContain('hOsT: b\r\n')
  })

  test('writes a header that Connection names only if a script set it', () => {
    const text = 'GET / HTTP/1.1\r\nHost: a\r\nX-User: 6.6.6.6\r\nConnection: x-user\r\n\r\n'
    expect(writeRequestHead(received(text), AS_IT_CAME)).toBe('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    const set = (value: string): string =>
      writeRequestHead(
        received(text, ({ head }) => void (head.headers['x-user'] = value)),
        AS_IT_CAME,
      )
    expect(set('1.2.3.4')).toBe('GET / HTTP/1.1\r\nHost: a\r\nX-User: 1.2.3.4\r\n\r\n')
    expect(set('6.6.6.6')).toBe('GET / HTTP/1.1\r\nHost: a\r\nX-User: 6.6.6.6\r\n\r\n')
  })

  test('writes no field of a connection, whoever set it', () => {
    const text =
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nTE: x\r\nUpgrade: h2c\r\n\r\n'
    const start = received(text, ({ head }) => {
      head.headers['x'] = 'y'
      head.headers['Proxy-Connection'] = 'close'
      head.headers['HTTP2-Settings'] = 'z'
    })
    expect(writeRequestHead(start, AS_IT_CAME)).toBe('GET / HTTP/1.1\r\nHost: a\r\nx: y\r\n\r\n')
  })

  test('writes the framing that it is told to, and no other', () => {
    const text = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'
    for (const change of [(): void => undefined, ({ head }: MessageStart): void => void (head.headers['x'] = 'y')]) {
      const chunked = writeRequestHead(received(text, change), { framing: 'Transfer-Encoding: chunked\r\n', added: '' })
      expect(chunked).toContain('Transfer-Encoding: chunked\r\n')
      expect(chunked).not.toContain('Content-Length')
      expect(writeRequestHead(received(text, change), { framing: '', added: 'A: b\r\n' })).toMatch(/A: b\r\n\r\n$/)
    }
  })

  test('writes one length, the one in lower case, when a script gives two', () => {
    const start = new MessageStart({ headers: { host: 'a', 'Content-Length': '9', 'content-length': '5' } })
    expect(writeRequestHead(start, AS_IT_CAME)).toBe('GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n')
  })

  test('never writes a length beside chunks, when a script takes the chunks off', () => {
    const text = 'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    const start = received(text, ({ head }) => {
      delete head.headers['transfer-encoding']
      head.headers['content-length'] = '5'
    })
    expect(writeRequestHead(start, AS_IT_CAME)).toBe('PUT / HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\n\r\n')
  })

  test('writes defaults for what is missing', () => {
    expect(writeRequestHead(new MessageStart(), AS_IT_CAME)).toBe('GET / HTTP/1.1\r\nHost: \r\n\r\n')
    expect(writeRequestHead(new MessageStart({ headers: { Host: 'b' } }), AS_IT_CAME)).toBe(
      'GET / HTTP/1.1\r\nHost: b\r\n\r\n',
    )
    expect(writeRequestHead(new MessageStart({ method: 'PUT', path: '*' }), AS_IT_CAME)).toBe(
      'PUT * HTTP/1.1\r\nHost: \r\n\r\n',
    )
  })

  test('writes a head that lost its headers', () => {
    const start = received(
      REQUEST,
      (event) => void (event.head = { method: 'GET', path: '/x' } as MessageStart['head']),
    )
    expect(writeRequestHead(start, AS_IT_CAME)).toBe('GET /x HTTP/1.1\r\nHost: \r\n\r\n')
  })
})

describe('writeResponseHead', () => {
  test('writes what came when nobody changed it', () => {
    expect(writeResponseHead(received(RESPONSE), AS_IT_CAME)).toBe(RESPONSE)
    expect(
      writeResponseHead(
        received(RESPONSE, ({ head }) => void head.headers['set-cookie']),
        AS_IT_CAME,
      ),
    ).toBe(RESPONSE)
  })

  test('writes each cookie on a line of its own', () => {
    const start = received(RESPONSE, ({ head }) => void head.headers['set-cookie']?.push('c=3; Path=/'))
    expect(writeResponseHead(start, AS_IT_CAME)).toBe(
      'HTTP/1.1 200 Fine\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nSet-Cookie: c=3; Path=/\r\nX-One: 1\r\nX-Two: 2\r\n\r\n',
    )
  })

  test('writes a changed status with the reason that belongs to it only if the reason was changed as well', () => {
    expect(
      writeResponseHead(
        received(RESPONSE, ({ head }) => void (head.status = 404)),
        AS_IT_CAME,
      ),
    ).toMatch(/^HTTP\/1.1 404 Fine\r\n/)
    const start = received(RESPONSE, ({ head }) => {
      head.status = 404
      delete head.statusText
    })
    expect(writeResponseHead(start, AS_IT_CAME)).toMatch(/^HTTP\/1.1 404 Not Found\r\n/)
  })

  test('writes defaults for what is missing', () => {
    expect(writeResponseHead(new MessageStart(), AS_IT_CAME)).toBe('HTTP/1.1 200 OK\r\n\r\n')
    expect(writeResponseHead(new MessageStart({ status: 418 }), AS_IT_CAME)).toBe('HTTP/1.1 418 \r\n\r\n')
    expect(writeResponseHead(new MessageStart({ status: 503, statusText: 'Later' }), AS_IT_CAME)).toBe(
      'HTTP/1.1 503 Later\r\n\r\n',
    )
  })

  test('writes a request that comes back as its own answer with a status line', () => {
    expect(writeResponseHead(received(REQUEST), AS_IT_CAME)).toMatch(/^HTTP\/1.1 200 OK\r\nhOsT: a\r\n/)
  })

  test('writes numbers and arrays as header values', () => {
    const headers = { age: 5, vary: ['a', 'b'], empty: [], none: undefined }
    expect(writeResponseHead(new MessageStart({ headers }), AS_IT_CAME)).toBe(
      'HTTP/1.1 200 OK\r\nage: 5\r\nvary: a\r\nvary: b\r\n\r\n',
    )
  })
})

describe('a head object is not written with', () => {
  const INJECTIONS = [
    'a\r\nX: y',
    'a\nX: y',
    'a\rX: y',
    'a\0b',
    'a\r\n\r\nGET /smuggled HTTP/1.1',
    '\r\n',
    '\n',
    '\x7f',
    '\x1b',
  ]
  /** Characters that become line breaks when somebody cuts them down to one byte. */
  const TOO_WIDE = ['a\u010d\u010aX: y', 'a\u560a', '\u2028', 'caf\u20ac']

  test.each([...INJECTIONS, ...TOO_WIDE])('a header value of %j', (value) => {
    for (const given of [value, [value], ['a', value]]) {
      const message = refused(() => writeResponseHead(new MessageStart({ headers: { x: given } }), AS_IT_CAME))
      expect(message).toMatch(/^Cannot send value of header "x" "/)
      expect(message).not.toMatch(/[\r\n]/)
    }
    refused(() =>
      writeRequestHead(
        received(REQUEST, ({ head }) => void (head.headers['x-one'] = value)),
        AS_IT_CAME,
      ),
    )
  })

  test.each([...INJECTIONS, ...TOO_WIDE])('a reason of %j', (statusText) => {
    refused(() => writeResponseHead(new MessageStart({ status: 200, statusText }), AS_IT_CAME))
  })

  test.each([...INJECTIONS, ...TOO_WIDE, '', 'a b', 'a#b', '/\xe9', '/a HTTP/1.1', '\t'])('a path of %j', (path) => {
    refused(() => writeRequestHead(new MessageStart({ path }), AS_IT_CAME))
  })

  test.each([...INJECTIONS, ...TOO_WIDE, '', 'G T', 'G:T', 'G\xe9T', 'GET /'])('a method of %j', (method) => {
    refused(() => writeRequestHead(new MessageStart({ method }), AS_IT_CAME))
  })

  test.each([...INJECTIONS, ...TOO_WIDE, '', 'a b', 'a:', 'a: b', 'x\xe9', 'a,b'])('a header name of %j', (name) => {
    refused(() => writeResponseHead(new MessageStart({ headers: { [name]: 'v' } }), AS_IT_CAME))
    refused(() => writeRequestHead(new MessageStart({ headers: { [name]: ['v'] } }), AS_IT_CAME))
  })

  test.each([0, 99, 1000, -200, 200.5, Number.NaN, '2oo', '', {}])('a status of %j', (status) => {
    refused(() => writeResponseHead(new MessageStart({ status } as HeadInit), AS_IT_CAME))
  })

  test('a header value that is an object', () => {
    const headers = { x: { toString: () => 'y' } } as unknown as Record<string, string>
    expect(refused(() => writeResponseHead(new MessageStart({ headers }), AS_IT_CAME))).toContain('header "x"')
  })

  test('an error that quotes more than 100 characters of it', () => {
    const message = refused(() =>
      writeResponseHead(new MessageStart({ headers: { x: `\n${'y'.repeat(500)}` } }), AS_IT_CAME),
    )
    expect(message.length).toBeLessThan(250)
  })
})
