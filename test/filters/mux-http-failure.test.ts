import { describe, expect, test } from 'vitest'
import { answerText, requestText } from './wire/http-text.ts'
import { type MuxProxyOptions, startMuxProxy } from './wire/mux-proxy.ts'
import { TRANSPORTS, type WireProxy } from './wire/wire-proxy.ts'

const get = (path: string, headers = ''): string => requestText(`GET ${path}`, { headers: `key: k\r\n${headers}` })
const put = (path: string): string => requestText(`PUT ${path}`, { headers: 'key: k\r\n', body: 'hello' })

/** The answer to a client whose upstream failed. */
function failure(status: string): string {
  return answerText(`${status.slice(4)}\n`, { status, headers: 'content-type: text/plain\r\n' })
}

describe.each(TRANSPORTS)('muxHTTP over $transport', ({ hasOnlyStreams }) => {
  const start = (options: Omit<MuxProxyOptions, 'hasOnlyStreams'> = {}): Promise<WireProxy> =>
    startMuxProxy({ hasOnlyStreams, ...options })

  /** The same key and the same client work again. */
  async function expectRecovery(proxy: WireProxy, client: Awaited<ReturnType<WireProxy['send']>>): Promise<void> {
    const before = proxy.accepted(9000).length
    client.write(get('/again'))
    await proxy.settle()
    expect(proxy.accepted(9000)).toHaveLength(before + 1)
    expect(proxy.upstream(before).take()).toBe(get('/again'))
    proxy.upstream(before).write(answerText('again'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('again'))
    expect(client.state).toBe('open')
  }

  describe('answers for an upstream that', () => {
    test.each([
      ['refuses', '127.0.0.1:9999', '502 Connection Refused'],
      ['cannot be resolved', 'unknown.example:9000', '502 Cannot Resolve'],
      ['has no address', 'nowhere', '502 Bad Gateway'],
      ['has no port', '127.0.0.1:', '502 Bad Gateway'],
      ['has no port that there is', '127.0.0.1:70000', '502 Bad Gateway'],
    ])('%s', async (_, target, status) => {
      const proxy = await start()
      proxy.transport.unknownHosts.add('unknown.example')
      const client = await proxy.send(get('/1', `target: ${target}\r\n`))
      expect(client.take()).toBe(failure(status))
      await expectRecovery(proxy, client)
    })

    test('does not answer a connection in time', async () => {
      const proxy = await start({ connectOptions: { connectTimeoutMs: 500 } })
      proxy.transport.silentHosts.add('10.0.0.1')
      const client = await proxy.send(get('/1', 'target: 10.0.0.1:9000\r\n'))
      await proxy.transport.advance(499)
      expect(client.take()).toBe('')
      await proxy.transport.advance(1)
      expect(client.take()).toBe(failure('504 Connection Timeout'))
      await expectRecovery(proxy, client)
    })

    test.each([
      ['ends before the head', ''],
      ['ends inside the head', 'HTTP/1.1 200 OK\r\nContent-Le'],
      ['ends behind an interim answer', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ])('%s', async (_, text) => {
      for (const request of [get('/1'), put('/1')]) {
        const proxy = await start()
        const client = await proxy.send(request)
        proxy.upstream().write(text).end()
        await proxy.settle()
        expect(client.take().replace(/^HTTP\/1.1 103 Early Hints\r\n\r\n/, '')).toBe(failure('502 Bad Gateway'))
        await expectRecovery(proxy, client)
      }
    })

    test('resets the connection', async () => {
      const proxy = await start()
      const client = await proxy.send(get('/1'))
      proxy.upstream().abort()
      await proxy.settle()
      expect(client.take()).toBe(failure('502 Read Error'))
      await expectRecovery(proxy, client)
    })

    test('closes the connection before the request has come in whole', async () => {
      const proxy = await start()
      const client = await proxy.send('PUT /1 HTTP/1.1\r\nHost: a\r\nkey: k\r\nContent-Length: 5\r\n\r\nhel')
      proxy.upstream().end()
      await proxy.settle()
      expect(client.take()).toBe(failure('502 Bad Gateway'))
      client.write('lo')
      await proxy.settle()
      await expectRecovery(proxy, client)
    })

    test.each([
      ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
      ['speaks another version', 'HTTP/2.0 200 OK\r\n\r\n'],
      ['sends a head with a bad header', 'HTTP/1.1 200 OK\r\nX : y\r\n\r\n'],
      ['sends a folded header', 'HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 0\r\n\r\n'],
      [
        'frames its answer twice',
        'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ],
      ['tells two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
      ['sends too large a head', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
      ['sends a coding that is not known', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ])('%s', async (_, text) => {
      const proxy = await start()
      const client = await proxy.send(get('/1'))
      proxy.upstream().write(text)
      await proxy.settle()
      expect(client.take()).toBe(failure('502 Bad Gateway'))
      expect(proxy.upstream().isEnded).toBe(true)
      await expectRecovery(proxy, client)
    })

    test('does not answer in time', async () => {
      const proxy = await start({ responseTimeoutMs: 1000 })
      const client = await proxy.send(get('/1'))
      await proxy.transport.advance(1000)
      expect(client.take()).toBe('')
      await proxy.transport.advance(1000)
      expect(client.take()).toBe(failure('504 Gateway Timeout'))
      expect(proxy.upstream().isEnded).toBe(true)
      await expectRecovery(proxy, client)
    })

    test('sends its head byte by byte, which is no answer in time', async () => {
      const proxy = await start({ responseTimeoutMs: 1000 })
      const client = await proxy.send(get('/1'))
      for (const byte of 'HTTP/1.1 200 OK\r\nX: ') {
        proxy.upstream().write(byte)
        await proxy.transport.advance(100)
      }
      expect(client.take()).toBe(failure('504 Gateway Timeout'))
    })

    test('has no answer in time after an interim one', async () => {
      const proxy = await start({ responseTimeoutMs: 1000 })
      const client = await proxy.send(get('/1'))
      await proxy.transport.advance(900)
      proxy.upstream().write('HTTP/1.1 102 Processing\r\n\r\n')
      await proxy.transport.advance(900)
      expect(client.take()).toBe('HTTP/1.1 102 Processing\r\n\r\n')
      await proxy.transport.advance(900)
      expect(client.take()).toBe(failure('504 Gateway Timeout'))
    })
  })

  test('counts responseTimeoutMs from the end of the request', async () => {
    const proxy = await start({ responseTimeoutMs: 1000 })
    const client = await proxy.send('PUT /1 HTTP/1.1\r\nHost: a\r\nkey: k\r\nContent-Length: 5\r\n\r\n')
    for (const byte of 'hello') {
      await proxy.transport.advance(900)
      client.write(byte)
    }
    await proxy.transport.advance(900)
    expect(client.take()).toBe('')
    proxy.upstream().write(answerText('fine'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('fine'))
  })

  describe('cuts the client, so that nothing looks complete, when the upstream', () => {
    test.each([
      ['ends inside a body of a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel', 'end'],
      ['ends inside a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel', 'end'],
      ['ends before the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', 'end'],
      ['ends inside the trailers', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n', 'end'],
      ['resets inside a body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel', 'abort'],
      ['resets inside a body that its end tells', 'HTTP/1.1 200 OK\r\n\r\nhel', 'abort'],
      [
        'sends a chunk that is none',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nx\r\n',
        undefined,
      ],
      [
        'sends a trailer that must not be one',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: a\r\n\r\n',
        undefined,
      ],
    ] as [string, string, 'end' | 'abort' | undefined][])('%s', async (_, text, end) => {
      const proxy = await start()
      const client = await proxy.send(get('/1'))
      const bodyStart = text.indexOf('\r\n\r\n') + 4
      for (const part of [text.slice(0, bodyStart), text.slice(bodyStart)]) {
        proxy.upstream().write(part)
        await proxy.settle()
      }
      if (end !== undefined) proxy.upstream()[end]()
      await proxy.settle()
      const heard = client.take()
      // A reset may overtake what was sent before it.
      expect(['', 'HTTP/1.1 200']).toContain(heard.slice(0, 12))
      expect(heard).not.toMatch(/\r\n0\r\n/)
      expect(heard).not.toContain('502')
      expect(client.state).toBe('cut')
      await expectRecovery(proxy, await proxy.send(''))
    })

    test('cuts HTTP/1.0 as well, whose answer its end tells', async () => {
      const proxy = await start()
      const client = await proxy.send('GET /1 HTTP/1.0\r\nkey: k\r\n\r\n')
      proxy.upstream().write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
      await proxy.settle()
      proxy.upstream().end()
      await proxy.settle()
      expect(client.take()).toMatch(/\r\n\r\nhello$/)
      expect(client.state).toBe('cut')
    })

    test('sends nothing more of a body for bodyTimeoutMs', async () => {
      const proxy = await start({ bodyTimeoutMs: 1000 })
      const client = await proxy.send(get('/1'))
      proxy.upstream().write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel')
      await proxy.transport.advance(1000)
      expect(client.state).toBe('open')
      await proxy.transport.advance(1000)
      expect(client.state).toBe('cut')
      expect(proxy.upstream().isEnded).toBe(true)
    })
  })

  test('does not count bodyTimeoutMs while the client takes nothing', async () => {
    const proxy = await start({ bodyTimeoutMs: 1000, connectOptions: { idleTimeoutMs: 0 } })
    const client = proxy.connect()
    client.keepsText = false
    client.pause()
    client.write(get('/1'))
    await proxy.settle()
    const body = 'x'.repeat(1024 * 1024)
    proxy.upstream().write(answerText(body))
    await proxy.transport.advance(10_000)
    client.resume()
    await proxy.transport.advance(100)
    expect(client.state).toBe('open')
    expect(client.receivedBytes).toBe(answerText(body).length)
  })

  test('gives the upstream bodyTimeoutMs anew when a client reads on', async () => {
    const proxy = await start({ bodyTimeoutMs: 1000, connectOptions: { idleTimeoutMs: 0 } })
    const client = proxy.connect()
    client.keepsText = false
    client.pause()
    client.write(get('/1'))
    await proxy.settle()
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n'
    proxy.upstream().write(head)
    // As much as makes the client full, and nothing more that would move by itself when it is not full any more.
    let sent = 0
    while (proxy.transport.pairs.at(-1)?.client.isPaused === false && sent < 900_000) {
      proxy.upstream().write('x'.repeat(1000))
      sent += 1000
      await proxy.settle()
    }
    await proxy.transport.advance(10_000)
    client.resume()
    await proxy.transport.advance(900)
    expect(client.state).toBe('open')
    proxy.upstream().write('x'.repeat(1_000_000 - sent))
    await proxy.settle()
    expect(client.receivedBytes).toBe(head.length + 1_000_000)
  })

  describe('when the client breaks off', () => {
    test.each([
      ['before the answer', ''],
      ['inside the answer', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel'],
    ])('%s closes the upstream connection at once and serves who waits over a new one', async (_, text) => {
      const proxy = await start()
      const first = await proxy.send(get('/1'))
      const second = await proxy.send(get('/2'))
      proxy.upstream().write(text)
      await proxy.settle()
      first.abort()
      await proxy.settle()
      expect(proxy.upstream(0).isEnded).toBe(true)
      proxy.upstream(0).write(answerText('for the first'))
      await proxy.settle()
      expect(proxy.upstream(1).take()).toBe(get('/2'))
      proxy.upstream(1).write(answerText('for the second'))
      await proxy.settle()
      expect(second.take()).toBe(answerText('for the second'))
    })

    test('inside its request closes the upstream connection, which has half of it', async () => {
      const proxy = await start()
      const client = await proxy.send('PUT /1 HTTP/1.1\r\nHost: a\r\nkey: k\r\nContent-Length: 5\r\n\r\nhel')
      client.abort()
      await proxy.settle()
      expect(proxy.upstream().isEnded).toBe(true)
      await expectRecovery(proxy, await proxy.send(''))
    })

    test('behind the answer leaves the upstream connection to the next one', async () => {
      const proxy = await start()
      const client = await proxy.send(get('/1'))
      proxy.upstream().write(answerText('a'))
      await proxy.settle()
      client.abort()
      await proxy.settle()
      await proxy.send(get('/2'))
      expect(proxy.accepted(9000)).toHaveLength(1)
    })
  })
})
