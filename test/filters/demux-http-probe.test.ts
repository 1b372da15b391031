import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/limits.ts'
import { answerText, requestText } from './wire/http-text.ts'
import { startMuxProxy, UPSTREAM_PORT } from './wire/mux-proxy.ts'
import { TRANSPORTS } from './wire/wire-proxy.ts'

const PROBE = 'HTTP/1.1 100 Continue\r\n\r\n'
const GET = requestText('GET /')

describe.each(TRANSPORTS)('demuxHTTP over $transport, with a client that has ended its side,', ({ hasOnlyStreams }) => {
  const start = () => startMuxProxy({ hasOnlyStreams })

  test('asks twice whether it is still there, and gives it its answer', async () => {
    const proxy = await start()
    const client = await proxy.send(GET)
    client.end()
    await proxy.transport.advance(LIMITS.clientProbeMs - 1)
    expect(client.take()).toBe('')
    await proxy.transport.advance(1)
    expect(client.take()).toBe(PROBE)
    await proxy.transport.advance(10 * LIMITS.clientProbeMs)
    expect(client.take()).toBe(PROBE)
    proxy.upstream().write(answerText('a'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('a'))
    expect(client.state).toBe('closed')
  })

  test('asks nothing when the answer comes in time', async () => {
    const proxy = await start()
    const client = await proxy.send(GET)
    client.end()
    await proxy.transport.advance(LIMITS.clientProbeMs - 1)
    proxy.upstream().write(answerText('a'))
    await proxy.transport.advance(10 * LIMITS.clientProbeMs)
    expect(client.take()).toBe(answerText('a'))
  })

  test('asks nothing inside the answer', async () => {
    const proxy = await start()
    const client = await proxy.send(GET)
    proxy.upstream().write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe')
    await proxy.settle()
    client.end()
    await proxy.transport.advance(10 * LIMITS.clientProbeMs)
    proxy.upstream().write('llo')
    await proxy.settle()
    expect(client.take()).toBe(answerText('hello'))
  })

  test('asks nothing of HTTP/1.0, which has no interim answers', async () => {
    const proxy = await start()
    const client = await proxy.send('GET / HTTP/1.0\r\n\r\n')
    client.end()
    await proxy.transport.advance(10 * LIMITS.clientProbeMs)
    expect(client.take()).toBe('')
    proxy.upstream().write(answerText('a'))
    await proxy.settle()
    expect(client.take()).toMatch(/\r\n\r\na$/)
  })

  test('asks nothing of a tunnel', async () => {
    const proxy = await start()
    const client = await proxy.send(requestText('GET /', { headers: 'Connection: Upgrade\r\nUpgrade: x\r\n' }))
    proxy.upstream().write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
    await proxy.settle()
    client.take()
    client.end()
    await proxy.transport.advance(10 * LIMITS.clientProbeMs)
    expect(client.take()).toBe('')
    expect(proxy.upstream().isEnded).toBe(true)
  })

  test('asks anew for each request that waits, in its turn', async () => {
    const proxy = await start()
    const client = await proxy.send(GET, GET)
    client.end()
    await proxy.transport.advance(10 * LIMITS.clientProbeMs)
    expect(client.take()).toBe(PROBE + PROBE)
    proxy.upstream().write(answerText('a'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('a'))
    await proxy.transport.advance(10 * LIMITS.clientProbeMs)
    expect(client.take()).toBe(PROBE + PROBE)
    proxy.upstream().write(answerText('b'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('b'))
    expect(client.state).toBe('closed')
  })

  // A stream that was closed cannot be aborted any more.
  test.skipIf(hasOnlyStreams)('gives the upstream connection up when it turns out to be gone', async () => {
    const proxy = await start()
    const client = await proxy.send(GET)
    client.end()
    await proxy.settle()
    expect(proxy.upstream().isEnded).toBe(false)
    client.abort()
    await proxy.settle()
    expect(proxy.upstream().isEnded).toBe(true)
    expect(proxy.server.connectionCount).toBe(0)
    expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(1)
  })
})
