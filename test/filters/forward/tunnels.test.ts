import { describe, expect, test } from 'vitest'
import { answerText } from '../wire/http-text.ts'
import { Message } from '../../../src/events.ts'
import { TRANSPORTS, WireProxy } from '../wire/wire-proxy.ts'
import { ForwardProxy, type ForwardProxyOptions } from './forward-proxy.ts'

const UPGRADE = { headers: 'Connection: Upgrade\r\nUpgrade: websocket\r\n' }
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

describe.each(TRANSPORTS)('forward over $transport', ({ hasOnlyStreams }) => {
  const start = (options: ForwardProxyOptions = {}): Promise<ForwardProxy> =>
    ForwardProxy.start({ hasOnlyStreams, ...options })

  test('passes an upgrade to one target, and bytes both ways from then on', async () => {
    const proxy = await start()
    const client = await proxy.send('GET /chat', UPGRADE)
    expect(proxy.at(9001).take()).toMatch(/\r\nUpgrade: websocket\r\n/i)
    await proxy.says(9001, SWITCH)
    expect(client.take()).toMatch(/^HTTP\/1\.1 101 /)
    client.write('ping')
    await proxy.settle()
    expect(proxy.at(9001).take()).toBe('ping')
    await proxy.says(9001, 'pong')
    expect(client.take()).toBe('pong')
    expect(proxy.target(9001).active).toBe(1)
    client.end()
    await proxy.settle()
    expect(proxy.at(9001).state).not.toBe('open')
    proxy.at(9001).end()
    await proxy.settle()
    expect(proxy.service.outcomes).toEqual(['9001 101'])
    expect(proxy.target(9001).active).toBe(0)
  })

  test('asks the next target for the upgrade while none has switched', async () => {
    const proxy = await start({ listening: [9002] })
    const client = await proxy.send('GET /chat', UPGRADE)
    await proxy.says(9002, SWITCH)
    expect(client.take()).toMatch(/^HTTP\/1\.1 101 /)
  })

  test('does nothing again after the switch: the client is cut when the target is', async () => {
    const proxy = await start()
    const client = await proxy.send('GET /chat', UPGRADE)
    await proxy.says(9001, SWITCH)
    client.write('ping')
    await proxy.settle()
    await proxy.resets(9001)
    expect(client.state).not.toBe('open')
    expect(proxy.accepted).toEqual([1, 0, 0])
  })

  test('passes on a refusal, and uses the connection again', async () => {
    const proxy = await start({ targetCount: 1 })
    const client = await proxy.send('GET /chat', UPGRADE)
    await proxy.says(9001, answerText('no', { status: '426 Upgrade Required' }))
    expect(client.take()).toMatch(/^HTTP\/1\.1 426 /)
    client.write('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
    await proxy.settle()
    await proxy.says(9001, answerText('two'))
    expect(client.take()).toBe(answerText('two'))
    expect(proxy.accepted).toEqual([1, 0, 0])
  })

  test('says nothing of a target when the client of a tunnel is cut', async () => {
    const proxy = await start()
    const client = await proxy.send('GET /chat', UPGRADE)
    await proxy.says(9001, SWITCH)
    client.abort()
    await proxy.settle()
    expect(proxy.service.outcomes).toEqual(['9001 101'])
    expect(proxy.target(9001).active).toBe(0)
  })

  const CONNECT = 'CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n'
  const AGREE = 'HTTP/1.1 200 Connection Established\r\n\r\n'
  const allowConnect = { forward: { allowConnect: true } }

  test('sends CONNECT to one target as it came, and bytes both ways once that has agreed', async () => {
    const proxy = await start(allowConnect)
    const client = await proxy.wire.send(`${CONNECT}early`)
    expect(proxy.at(9001).take()).toMatch(
      /^CONNECT db\.example:5432 HTTP\/1\.1\r\nHost: db\.example:5432\r\n(?:.+\r\n)*\r\n$/,
    )
    await proxy.says(9001, `${AGREE}hello`)
    expect(client.take()).toBe(`${AGREE}hello`)
    expect(proxy.at(9001).take()).toBe('early')
    client.write('ping')
    await proxy.settle()
    expect(proxy.at(9001).take()).toBe('ping')
    client.end()
    await proxy.settle()
    expect(proxy.target(9001).active).toBe(1)
    await proxy.says(9001, 'rest')
    expect(client.take()).toBe('rest')
    proxy.at(9001).end()
    await proxy.settle()
    expect(proxy.service.outcomes).toEqual(['9001 200'])
    expect(proxy.target(9001).active).toBe(0)
    expect(proxy.accepted).toEqual([1, 0, 0])
  })

  test('sends CONNECT again while there was no connection, and not once a target may have got it', async () => {
    const proxy = await start({ ...allowConnect, listening: [9002, 9003] })
    const client = await proxy.wire.send(CONNECT)
    expect(proxy.heard()).toEqual(['9002 CONNECT db.example:5432'])
    await proxy.resets(9002)
    expect(client.take()).toMatch(/^HTTP\/1\.1 502 /)
    expect(proxy.heard()).toEqual([])
    expect(proxy.service.outcomes).toEqual(['9001 connect-failed', '9002 reset'])
  })

  test('keeps the connection of a target that refuses CONNECT, and none of the client', async () => {
    const proxy = await start({ ...allowConnect, targetCount: 1 })
    const client = await proxy.wire.send(CONNECT)
    await proxy.says(9001, answerText('no', { status: '403 Forbidden' }))
    expect(client.take()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
    expect(client.state).not.toBe('open')
    await proxy.send('GET /')
    expect(proxy.heard()).toEqual(['9001 CONNECT db.example:5432', '9001 GET /'])
    expect(proxy.accepted).toEqual([1, 0, 0])
  })

  test('refuses CONNECT with 501 unless it is allowed, also where another filter takes it', async () => {
    const proxy = await start()
    const client = await proxy.wire.send(CONNECT)
    expect(client.take()).toMatch(/^HTTP\/1\.1 501 /)
    const both = await WireProxy.start(
      (p) =>
        p.demuxHTTP((r) =>
          r.branch(
            () => false,
            (t) =>
              t.acceptHTTPTunnel(
                (c) => c.connect('127.0.0.1:9001'),
                () => new Message(),
              ),
            (t) => t.forward(proxy.service),
          ),
        ),
      { hasOnlyStreams },
    )
    const other = await both.send(CONNECT)
    expect(other.take()).toMatch(/^HTTP\/1\.1 501 /)
    expect(proxy.accepted).toEqual([0, 0, 0])
  })
})
