import { describe, expect, test } from 'vitest'
import { Service } from '../../../src/algorithms/service/service.ts'
import { forward } from '../../../src/filters/forward.ts'
import { LIMITS } from '../../../src/limits.ts'
import { answerText, requestText } from '../wire/http-text.ts'
import { TRANSPORTS, WireProxy } from '../wire/wire-proxy.ts'
import { ForwardProxy, type ForwardProxyOptions } from './forward-proxy.ts'

const service = (port: number, name = `s${port}`): Service => new Service({ name, targets: [`127.0.0.1:${port}`] })

test.each([undefined, null, 'api', 7, {}])('forward refuses %s in place of a service', (given) => {
  expect(() => forward(given as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
})

test('forward names its service in the graph', () => {
  expect(forward(service(9001, 'api'))).toMatchObject({ name: 'forward', label: 'api' })
})

describe.each(TRANSPORTS)('forward over $transport', ({ hasOnlyStreams }) => {
  const start = (options: ForwardProxyOptions = {}): Promise<ForwardProxy> =>
    ForwardProxy.start({ hasOnlyStreams, ...options })

  test('sends requests to the targets in turn, and gives their answers', async () => {
    const proxy = await start()
    const client = proxy.wire.connect()
    for (const port of [9001, 9002, 9003, 9001]) {
      client.write(requestText(`GET /${port}`))
      await proxy.settle()
      expect(proxy.heard()).toEqual([`${port} GET /${port}`])
      await proxy.says(port, answerText(`from ${port}`))
      expect(client.take()).toBe(answerText(`from ${port}`))
    }
    expect(proxy.accepted).toEqual([1, 1, 1])
    expect(proxy.service.outcomes).toEqual(['9001 200', '9002 200', '9003 200', '9001 200'])
  })

  test('forwards by the rules of HTTP, as muxHTTP does', async () => {
    const proxy = await start()
    const client = await proxy.send('GET /1', { headers: 'Connection: x-hop\r\nX-Hop: 1\r\nX-Stays: 2\r\n' })
    expect(proxy.at(9001).take()).toBe('GET /1 HTTP/1.1\r\nHost: a\r\nX-Stays: 2\r\nVia: 1.1 sluice\r\n\r\n')
    await proxy.says(9001, 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n')
    await proxy.says(9001, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nDigest: y\r\n\r\n')
    expect(client.take()).toMatch(/^HTTP\/1\.1 103 [^]*HTTP\/1\.1 200 OK\r\n[^]*1\r\nx\r\n0\r\nDigest: y\r\n\r\n$/i)
  })

  test('answers an OPTIONS that may go no further', async () => {
    const proxy = await start()
    const client = await proxy.send('OPTIONS /', { headers: 'Max-Forwards: 0\r\n' })
    expect(client.take()).toMatch(/^HTTP\/1\.1 200 /)
    expect(proxy.accepted).toEqual([0, 0, 0])
  })

  test('gives answers to HEAD, and those without a body', async () => {
    const proxy = await start({ targetCount: 1 })
    const client = await proxy.send('HEAD /1')
    await proxy.says(9001, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')
    client.write(requestText('GET /2'))
    await proxy.settle()
    await proxy.says(9001, 'HTTP/1.1 304 Not Modified\r\n\r\n')
    expect(client.take()).toBe('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n')
    expect(proxy.accepted).toEqual([1, 0, 0])
  })

  test('answers requests that a client sent together in their order, from targets in any', async () => {
    const proxy = await start()
    const client = await proxy.wire.send(requestText('GET /1') + requestText('GET /2') + requestText('GET /3'))
    for (const port of [9003, 9002, 9001]) await proxy.says(port, answerText(String(port)))
    expect(client.take()).toBe(answerText('9001') + answerText('9002') + answerText('9003'))
  })

  test('answers 503 with the name of a service that has no target, and logs it', async () => {
    const proxy = await start({ targets: [] })
    const client = await proxy.send('GET /1')
    expect(client.take()).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n[^]*service "api": it has none\n$/)
    expect(proxy.wire.log.messages('warn')).toEqual([expect.stringMatching(/^Answering 503: .*"api"/)])
    client.write(requestText('GET /2'))
    proxy.service.set(['127.0.0.1:9001'])
    await proxy.settle()
    await proxy.says(9001, answerText('now'))
    expect(client.take()).toBe(answerText('now'))
  })

  test('answers 503 while no target is available, and goes on when one is', async () => {
    const proxy = await start({
      targetCount: 1,
      health: { passive: { maxFails: 1, failWindowMs: 1000 }, panicThreshold: 0 },
    })
    const first = await proxy.send('POST /1')
    await proxy.resets(9001)
    expect(first.take()).toMatch(/^HTTP\/1\.1 502 /)
    const second = await proxy.send('GET /2')
    expect(second.take()).toMatch(/^HTTP\/1\.1 503 [^]*none of its 1 is available\n$/)
    await proxy.advance(1001)
    const third = await proxy.send('GET /3')
    await proxy.says(9001, answerText('back'))
    expect(third.take()).toBe(answerText('back'))
  })

  test('answers 503 to what is more than the service takes, at once', async () => {
    const proxy = await start({ limits: { maxConcurrentRequests: 2 } })
    const clients = []
    for (const path of ['/1', '/2', '/3']) clients.push(await proxy.send(`GET ${path}`))
    expect(clients.map((client) => client.take().slice(0, 12))).toEqual(['', '', 'HTTP/1.1 503'])
    await proxy.says(9001, answerText())
    const later = await proxy.send('GET /4')
    expect(later.take()).toBe('')
    expect(proxy.heard()).toContain('9003 GET /4')
  })

  test('says nothing of a target for requests that wait in vain for its connections', async () => {
    const proxy = await start({ targetCount: 1, pool: { maxConnections: 1, maxQueue: 1, queueTimeoutMs: 100 } })
    const clients = []
    for (const path of ['/1', '/2', '/3']) clients.push(await proxy.send(`GET ${path}`))
    await proxy.advance(500)
    expect(clients.map((client) => client.take().slice(0, 12))).toEqual(['', 'HTTP/1.1 503', 'HTTP/1.1 503'])
    expect(new Set(proxy.service.outcomes)).toEqual(new Set(['9001 aborted']))
    expect(proxy.target(9001).active).toBe(1)
  })

  test('sends nobody to a target that was taken out, and closes its connections', async () => {
    const proxy = await start({ targetCount: 2 })
    const client = proxy.wire.connect()
    for (const port of [9001, 9002]) {
      client.write(requestText('GET /1'))
      await proxy.settle()
      await proxy.says(port, answerText())
    }
    const running = await proxy.send('GET /long')
    proxy.service.set(['127.0.0.1:9002'])
    await proxy.settle()
    await proxy.says(9001, answerText('finished'))
    expect(running.take()).toBe(answerText('finished'))
    expect(proxy.wire.accepted(9001).map(({ state }) => state)).not.toContain('open')
    for (let i = 0; i < 3; i++) {
      client.take()
      client.write(requestText('GET /2'))
      await proxy.settle()
      await proxy.says(9002, answerText(`${i}`))
      expect(client.take()).toBe(answerText(`${i}`))
    }
  })

  test('closes its connections and lets go of the service when the proxy stops', async () => {
    const proxy = await start({ health: { check: { type: 'tcp', intervalMs: 1000 } }, slowStartMs: 1000 })
    const client = await proxy.send('GET /1')
    await proxy.says(9001, answerText())
    client.close()
    await proxy.wire.close()
    await proxy.advance(60_000)
    expect(proxy.wire.transport.timerCount).toBe(0)
    expect(proxy.at(9001).state).not.toBe('open')
  })

  describe('with a function that gives the service', () => {
    interface Variables {
      path: string
    }

    async function startChoosing(choose: (path: string) => Service | Promise<Service>): Promise<WireProxy> {
      const proxy = await WireProxy.start<Variables>(
        (p) =>
          p.demuxHTTP((r) =>
            r.handleMessageStart(({ head }, $) => void ($.path = head.path ?? '')).forward(($) => choose($.path)),
          ),
        { hasOnlyStreams, variables: { path: '' } },
      )
      for (const port of [9001, 9002]) await proxy.listen(port)
      return proxy
    }

    const services: Record<string, Service> = { '/a': service(9001), '/b': service(9002) }

    test.each([
      { given: 'service', choose: (path: string) => services[path] as Service },
      { given: 'promise of one', choose: async (path: string) => services[path] as Service },
    ])('asks it for each request; it may give a $given', async ({ choose }) => {
      const proxy = await startChoosing(choose)
      const client = await proxy.send(requestText('POST /a', { body: 'one' }) + requestText('POST /b', { body: 'two' }))
      expect(proxy.upstream(0, 9001).take()).toMatch(/^POST \/a [^]*one$/)
      expect(proxy.upstream(0, 9002).take()).toMatch(/^POST \/b [^]*two$/)
      proxy.upstream(0, 9002).write(answerText('b'))
      proxy.upstream(0, 9001).write(answerText('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a') + answerText('b'))
    })

    test.each([
      {
        given: 'throws',
        choose: () => {
          throw new Error('no idea')
        },
      },
      { given: 'rejects', choose: () => Promise.reject(new Error('no idea')) },
      { given: 'gives none', choose: () => undefined },
      { given: 'gives a promise of none', choose: async () => undefined },
    ])('answers 500 when it $given, and the client goes on', async ({ choose }) => {
      let isFirst = true
      const proxy = await startChoosing(() => {
        if (!isFirst) return services['/a'] as Service
        isFirst = false
        return choose() as never
      })
      const client = await proxy.send(requestText('POST /1', { body: 'x' }))
      expect(client.take()).toMatch(/^HTTP\/1\.1 500 /)
      expect(proxy.log.messages('error')).toHaveLength(1)
      client.write(requestText('GET /2'))
      await proxy.settle()
      proxy.upstream(0, 9001).write(answerText('ok'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('ok'))
    })

    test('asks nobody for a client that has left meanwhile', async () => {
      let give: (given: Service) => void = () => {}
      const proxy = await startChoosing(() => new Promise((resolve) => (give = resolve)))
      const client = await proxy.send(requestText('GET /a'))
      client.abort()
      await proxy.settle()
      give(services['/a'] as Service)
      await proxy.settle()
      expect(proxy.accepted(9001)).toHaveLength(0)
    })

    test('keeps connections for some of them, however many it gives', async () => {
      const proxy = await startChoosing(() => service(9001))
      const client = proxy.connect()
      for (let i = 0; i < LIMITS.maxServicePools + 20; i++) {
        client.write(requestText(`GET /${i}`))
        await proxy.settle()
        proxy.accepted(9001).at(-1)?.write(answerText())
        await proxy.settle()
      }
      const open = proxy.accepted(9001).filter(({ state }) => state === 'open')
      expect(open).toHaveLength(LIMITS.maxServicePools)
      expect(proxy.upstream(0, 9001).state).not.toBe('open')
    })
  })
})
