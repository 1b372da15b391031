import { expect } from 'vitest'
import type { FeatureCases } from './support/scenario.ts'
import { headOf } from './support/test-client.ts'

export const THROWING: FeatureCases = {
  feature: 'callbacks that throw: 500',
  describe: (scenario) => {
    scenario('the client gets 500 with a short text, and goes on', [], async (world) => {
      const upstream = await world.upstream((_, response) => response.end('fine'))
      const client = world.client()
      for (let i = 0; i < 2; i++) {
        const answer = await client.ask('/throws')
        expect([answer.status, answer.statusText]).toEqual([500, 'Internal Server Error'])
        expect(answer.text).not.toContain('meant to be thrown')
        expect(answer.body.length).toBeLessThan(200)
        expect((await client.ask('/at/', [upstream.address])).text).toBe('fine')
      }
    })

    scenario('requests of others that are under way are answered', [], async (world) => {
      let answer: () => void = () => undefined
      let tell: () => void = () => undefined
      const arrived = new Promise<void>((resolve) => (tell = resolve))
      const upstream = await world.upstream((_, response) => {
        answer = () => response.end('at last')
        tell()
      })
      const slow = world.client().ask('/at/', [upstream.address])
      await arrived
      expect((await world.client().ask('/throws')).status).toBe(500)
      answer()
      expect((await slow).text).toBe('at last')
    })
  },
}

export const BAD_INPUT: FeatureCases = {
  feature: 'bad requests and targets',
  describe: (scenario) => {
    const broken = {
      'a start line that is none': 'GET\r\n\r\n',
      'a header that is none': 'GET /at/ HTTP/1.1\r\nHost: a\r\nbad header: 1\r\n\r\n',
      'two lengths': 'POST /at/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      'no Host': 'GET /at/ HTTP/1.1\r\n\r\n',
    }
    for (const [what, text] of Object.entries(broken)) {
      scenario(`${what}: 400, and the connection is closed`, ['tcpListen'], async (world) => {
        expect(await world.client().sendRaw(text)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
        expect((await world.client().ask('/nowhere')).status).toBe(404)
      })
    }

    for (const target of ['nonsense', '127.0.0.1:99999', 'gopher://127.0.0.1:70', 'binding:ABSENT', 'http:///']) {
      scenario(`the target "${target}": 502 with a short text, and the client goes on`, [], async (world) => {
        const client = world.client()
        const answer = await client.ask('/at/', [], { headers: { 'x-upstreams': target } })
        expect(answer.status).toBe(502)
        expect(answer.headers['content-type'] ?? 'text/plain').toMatch(/^text\/plain/)
        expect(answer.body.length).toBeLessThan(200)
        expect((await client.ask('/nowhere')).status).toBe(404)
      })
    }
  },
}

export const TOO_LARGE: FeatureCases = {
  feature: 'bodies over the limit: 413',
  describe: (scenario) => {
    scenario('a filter that collects refuses one byte too many', [], async (world) => {
      const client = world.client()
      const send = (bytes: number, headers: Record<string, string>): ReturnType<typeof client.ask> =>
        client.ask('/collected', [], { method: 'POST', headers, body: Buffer.alloc(bytes, 'x') })
      expect(await send(1024, {})).toMatchObject({ status: 200, text: '1024 bytes' })
      expect((await send(1025, {})).status).toBe(413)
      expect((await send(1025, { 'transfer-encoding': 'chunked' })).status).toBe(413)
      expect((await world.client().ask('/nowhere')).status).toBe(404)
    })

    scenario('a length over the limit of the proxy is refused, and its upstream is not asked', [], async (world) => {
      let asked = 0
      const upstream = await world.upstream((_, response) => {
        asked++
        response.end()
      })
      const headers = { 'content-length': String(20 * 1024 * 1024 + 1) }
      const message = world.client().open('/at/', [upstream.address], { method: 'POST', headers })
      // It waits for the answer with the rest.
      message.write('x')
      expect((await headOf(message)).statusCode).toBe(413)
      expect(asked).toBe(0)
    })
  },
}
