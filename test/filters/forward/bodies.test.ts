import { describe, expect, test } from 'vitest'
import { answerText } from '../wire/http-text.ts'
import { TRANSPORTS } from '../wire/wire-proxy.ts'
import { ForwardProxy, type ForwardProxyOptions } from './forward-proxy.ts'

describe.each(TRANSPORTS)('forward over $transport', ({ hasOnlyStreams }) => {
  const start = (options: ForwardProxyOptions = {}): Promise<ForwardProxy> =>
    ForwardProxy.start({ hasOnlyStreams, ...options })

  const HEAD = 'PUT /1 HTTP/1.1\r\nHost: a\r\n'

  test('sends again what came of a body so far, and then the rest', async () => {
    const proxy = await start()
    const client = proxy.wire.connect().write(`${HEAD}Content-Length: 10\r\n\r\nhello`)
    await proxy.settle()
    expect(proxy.at(9001).take()).toMatch(/\r\n\r\nhello$/)
    await proxy.resets(9001)
    expect(proxy.at(9002).take()).toMatch(/\r\n\r\nhello$/)
    client.write('world')
    await proxy.settle()
    expect(proxy.at(9002).take()).toBe('world')
    await proxy.says(9002, answerText('done'))
    expect(client.take()).toBe(answerText('done'))
  })

  test('holds back what comes of a body while it waits to try again', async () => {
    const proxy = await start({ targetCount: 1 })
    const client = proxy.wire.connect().write(`${HEAD}Content-Length: 10\r\n\r\nhello`)
    await proxy.settle()
    await proxy.resets(9001)
    client.write('wor')
    await proxy.settle()
    client.write('ld')
    await proxy.advance(25)
    expect(proxy.at(9001).take()).toMatch(/\r\n\r\nhelloworld$/)
    await proxy.says(9001, answerText('done'))
    expect(client.take()).toBe(answerText('done'))
  })

  test.each([
    { kept: 'as long as may be kept', bytes: 1000, isSentAgain: true },
    { kept: 'one byte longer', bytes: 1001, isSentAgain: false },
  ])('sends a body again that is $kept: $isSentAgain', async ({ bytes, isSentAgain }) => {
    for (const framing of ['length', 'chunks']) {
      const proxy = await start({ retry: { maxReplayBytes: 1000 } })
      const body = 'x'.repeat(bytes)
      const chunked = `Transfer-Encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n${body}\r\n0\r\n\r\n`
      const client = await proxy.wire.send(
        HEAD + (framing === 'length' ? `Content-Length: ${bytes}\r\n\r\n${body}` : chunked),
      )
      const sent = proxy.at(9001).take()
      await proxy.resets(9001)
      if (isSentAgain) {
        expect(proxy.at(9002).take()).toBe(sent)
        await proxy.says(9002, answerText('done'))
        expect(client.take()).toBe(answerText('done'))
      } else {
        expect(client.take()).toMatch(/^HTTP\/1\.1 502 /)
        expect(proxy.accepted).toEqual([1, 0, 0])
      }
    }
  })

  test('keeps no body with maxReplayBytes 0, and still tries again a request without one', async () => {
    const proxy = await start({ retry: { maxReplayBytes: 0 } })
    const first = await proxy.send('PUT /1', { body: 'x' })
    await proxy.resets(9001)
    expect(first.take()).toMatch(/^HTTP\/1\.1 502 /)
    const second = await proxy.send('GET /2')
    await proxy.resets(9002)
    await proxy.says(9003, answerText('done'))
    expect(second.take()).toBe(answerText('done'))
  })

  test('sends trailers again', async () => {
    const proxy = await start()
    await proxy.wire.send(
      `${HEAD}Transfer-Encoding: chunked\r\nTrailer: digest\r\n\r\n1\r\nx\r\n0\r\nDigest: y\r\n\r\n`,
    )
    const sent = proxy.at(9001).take()
    expect(sent).toMatch(/digest: y\r\n\r\n$/i)
    await proxy.resets(9001)
    expect(proxy.at(9002).take()).toBe(sent)
  })

  test('stops a client whose target takes no more, and sends its body whole', async () => {
    const proxy = await start()
    const size = 2 * 1024 * 1024
    const client = proxy.wire.connect().write(`${HEAD}Content-Length: ${size}\r\n\r\n`)
    await proxy.settle()
    const upstream = proxy.at(9001)
    const headBytes = upstream.receivedBytes
    upstream.pause()
    let written = 0
    while (!client.isFull && written < size) {
      client.write('x'.repeat(64 * 1024))
      written += 64 * 1024
      await proxy.settle()
    }
    expect(written).toBeLessThan(size / 2)
    upstream.resume()
    await proxy.settle()
    for (; written < size; written += 64 * 1024) {
      client.write('x'.repeat(64 * 1024))
      await proxy.settle()
    }
    expect(upstream.receivedBytes).toBe(headBytes + size)
    await proxy.says(9001, answerText('done'))
    expect(client.take()).toBe(answerText('done'))
  })

  test('lets the client send on when the target that had stopped it is given up', async () => {
    const proxy = await start({ retry: { maxReplayBytes: 1024 * 1024 } })
    const size = 512 * 1024
    const client = proxy.wire.connect().write(`${HEAD}Content-Length: ${size}\r\n\r\n`)
    await proxy.settle()
    proxy.at(9001).pause()
    let written = 0
    for (; !client.isFull; written += 16 * 1024) {
      client.write('x'.repeat(16 * 1024))
      await proxy.settle()
    }
    await proxy.resets(9001)
    for (; written < size; written += 16 * 1024) {
      client.write('x'.repeat(16 * 1024))
      await proxy.settle()
    }
    expect(proxy.at(9002).take()).toMatch(new RegExp(`\\r\\n\\r\\nx{${size}}$`))
    await proxy.says(9002, answerText('done'))
    expect(client.take()).toBe(answerText('done'))
  })

  test('stops a target whose client takes no more, and delivers its answer whole', async () => {
    const proxy = await start()
    const client = await proxy.send('GET /1')
    client.pause()
    const size = 4 * 1024 * 1024
    const upstream = proxy.at(9001).write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
    let written = 0
    while (!upstream.isFull && written < size) {
      upstream.write('x'.repeat(64 * 1024))
      written += 64 * 1024
      await proxy.settle()
    }
    expect(written).toBeLessThan(size / 2)
    client.keepsText = false
    client.resume()
    for (; written < size; written += 64 * 1024) {
      upstream.write('x'.repeat(64 * 1024))
      await proxy.settle()
    }
    expect(client.receivedBytes).toBe(size + `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`.length)
  })

  test('passes on an answer that comes before the request is over, and uses the connection no more', async () => {
    const proxy = await start({ targetCount: 1 })
    const client = proxy.wire.connect().write(`${HEAD}Content-Length: 10\r\n\r\nhello`)
    await proxy.settle()
    await proxy.says(9001, answerText('enough'))
    expect(client.take()).toContain('enough')
    expect(proxy.at(9001).state).not.toBe('open')
    expect(proxy.service.outcomes).toEqual(['9001 200'])
  })

  test('lets the target decide about a body that the client asks leave for', async () => {
    const proxy = await start()
    const client = proxy.wire.connect().write(`${HEAD}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`)
    await proxy.settle()
    expect(client.take()).toBe('')
    expect(proxy.at(9001).take()).toMatch(/\r\nExpect: 100-continue\r\n/)
    await proxy.says(9001, 'HTTP/1.1 100 Continue\r\n\r\n')
    expect(client.take()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    client.write('hello')
    await proxy.settle()
    expect(proxy.at(9001).take()).toBe('hello')
    await proxy.says(9001, answerText('done'))
    expect(client.take()).toBe(answerText('done'))
  })
})
