import { describe, expect, test } from 'vitest'
import { answerText, requestText } from './wire/http-text.ts'
import { type MuxProxyOptions, startMuxProxy, UPSTREAM_PORT } from './wire/mux-proxy.ts'
import { TRANSPORTS, type WireProxy } from './wire/wire-proxy.ts'

const request = (method: string, path = '/'): string =>
  requestText(`${method} ${path}`, { headers: 'key: k\r\n', body: 'b' })
const get = request('GET')
const post = request('POST')

describe.each(TRANSPORTS)('muxHTTP over $transport, with an idle connection,', ({ hasOnlyStreams }) => {
  /** A proxy whose one upstream connection has served a request. */
  async function startIdle(
    options: Omit<MuxProxyOptions, 'hasOnlyStreams'> = {},
    headers = '',
  ): Promise<{ readonly proxy: WireProxy; readonly client: Awaited<ReturnType<WireProxy['send']>> }> {
    const proxy = await startMuxProxy({
      hasOnlyStreams,
      maxIdleMs: 100_000,
      connectOptions: { idleTimeoutMs: 0 },
      ...options,
    })
    const client = await proxy.send(get)
    proxy.upstream().write(answerText('', { headers }))
    await proxy.settle()
    client.take()
    return { proxy, client }
  }

  /** How many upstream connections there were after another request that comes after a time. */
  async function countAfter(
    afterMs: number,
    {
      method = 'GET',
      headers = '',
      ...options
    }: Pick<MuxProxyOptions, 'resend'> & { method?: string; headers?: string },
  ): Promise<number> {
    const { proxy, client } = await startIdle(options, headers)
    await proxy.transport.advance(afterMs)
    client.write(request(method))
    await proxy.settle()
    const accepted = proxy.accepted(UPSTREAM_PORT).length
    proxy.upstream(accepted - 1).take()
    proxy.upstream(accepted - 1).write(answerText('again'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('again'))
    return accepted
  }

  test.each([
    ['timeout=5', 3_990, 1],
    ['timeout=5', 4_010, 2],
    ['timeout=5, max=100', 4_010, 2],
    ['max=100, timeout=5', 4_010, 2],
    ['TIMEOUT = "5"', 4_010, 2],
    ['timeout=1', 490, 1],
    ['timeout=1', 510, 2],
    ['timeout=0', 0, 2],
    ['max=0', 0, 2],
    ['max=1', 50_000, 1],
    ['timeout=1000000', 50_000, 1],
    ['timeout=x', 50_000, 1],
    ['nonsense', 50_000, 1],
  ])('takes "Keep-Alive: %s" at its word: after %i ms connection %i serves', async (value, afterMs, count) => {
    expect(await countAfter(afterMs, { headers: `Keep-Alive: ${value}\r\n` })).toBe(count)
  })

  test('closes it when the time that Keep-Alive told is over, without a request', async () => {
    const { proxy } = await startIdle({}, 'Keep-Alive: timeout=5\r\n')
    await proxy.transport.advance(8_000)
    expect(proxy.upstream().isEnded).toBe(true)
  })

  test.each([
    ['POST', 990, 1],
    ['POST', 1_010, 2],
    ['PATCH', 1_010, 2],
    ['PUT', 50_000, 1],
    ['DELETE', 50_000, 1],
    ['OPTIONS', 50_000, 1],
  ])('sends %s after %i ms over connection %i', async (method, afterMs, count) => {
    expect(await countAfter(afterMs, { method })).toBe(count)
  })

  test('sends POST over it whenever it may be sent again, and nothing else when nothing may', async () => {
    expect(await countAfter(50_000, { method: 'POST', resend: 'always' as const })).toBe(1)
    expect(await countAfter(50_000, { method: 'GET', resend: 'never' as const })).toBe(2)
  })

  test('does not send over it, after a second, what is too long to be sent again', async () => {
    const { proxy, client } = await startIdle({ maxReplayBytes: 10 })
    await proxy.transport.advance(5_000)
    client.write(requestText('PUT /', { headers: 'key: k\r\n', body: 'x'.repeat(11) }))
    await proxy.settle()
    expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(2)
    expect(proxy.upstream(0).isEnded).toBe(true)
  })

  describe('which the upstream closes as a request comes, without an answer,', () => {
    test.each([
      ['GET', 'idempotent', 2],
      ['GET', 'always', 2],
      ['GET', 'never', 1],
      ['POST', 'idempotent', 1],
      ['POST', 'always', 2],
      ['POST', 'never', 1],
    ] as const)('%s with resend "%s" is sent %i times', async (method, resend, times) => {
      for (const how of ['end', 'abort'] as const) {
        const { proxy, client } = await startIdle({ resend })
        const idle = proxy.upstream()
        idle.take()
        idle.onText = () => idle[how]()
        client.write(request(method, '/1'))
        await proxy.settle()
        expect(idle.take()).toMatch(new RegExp(`^${method} /1 `))
        expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(times)
        if (times === 1) {
          expect(client.take()).toMatch(/^HTTP\/1.1 502 /)
          continue
        }
        expect(proxy.upstream(1).take()).toBe(request(method, '/1'))
        proxy.upstream(1).write(answerText('at last'))
        await proxy.settle()
        expect(client.take()).toBe(answerText('at last'))
      }
    })

    test('is sent again over a new connection, not over another idle one, which may be as dead', async () => {
      const { proxy, client } = await startIdle({ maxConnections: 3 })
      const clients = [client, await proxy.send(''), await proxy.send('')]
      for (const each of clients) each.write(get)
      await proxy.settle()
      expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(3)
      for (let i = 0; i < 3; i++) {
        const upstream = proxy.upstream(i)
        upstream.write(answerText(''))
        await proxy.settle()
        upstream.take()
        upstream.onText = () => upstream.end()
      }
      client.take()
      client.write(get)
      await proxy.settle()
      proxy.upstream(3).write(answerText('fresh'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('fresh'))
      expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(4)
    })

    test('but after a part of the answer, is not sent again', async () => {
      const { proxy, client } = await startIdle({ resend: 'always' })
      const idle = proxy.upstream()
      idle.onText = () => {
        idle.write('H')
        idle.end()
      }
      client.write(post)
      await proxy.settle()
      expect(client.take()).toMatch(/^HTTP\/1.1 502 /)
      expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(1)
    })
  })

  test.each([
    [3_400, 2],
    [4_100, 3],
  ])(
    'learns from its close after 5 s when to give others up: after %i ms connection %i serves',
    async (afterMs, count) => {
      const { proxy, client } = await startIdle()
      await proxy.transport.advance(5_000)
      proxy.upstream(0).end()
      await proxy.settle()
      client.write(get)
      await proxy.settle()
      proxy.upstream(1).write(answerText(''))
      await proxy.transport.advance(afterMs)
      client.write(get)
      await proxy.settle()
      expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(count)
    },
  )

  test('learns nothing from the close of a connection that has served nobody', async () => {
    const { proxy, client } = await startIdle()
    proxy.upstream(0).end()
    await proxy.settle()
    for (let i = 1; i < 3; i++) {
      client.write(get)
      await proxy.settle()
      proxy.upstream(i).end()
      await proxy.settle()
      expect(client.take()).toMatch(/^HTTP\/1.1 502 /)
    }
    client.write(get)
    await proxy.settle()
    proxy.upstream(3).write(answerText(''))
    await proxy.transport.advance(990)
    client.write(get)
    await proxy.settle()
    expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(4)
  })
})
