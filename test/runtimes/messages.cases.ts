import { expect } from 'vitest'
import type { FeatureCases } from './support/scenario.ts'

export const METHODS: FeatureCases = {
  feature: 'methods, paths and queries',
  describe: (scenario) => {
    for (const method of ['GET', 'DELETE', 'OPTIONS', 'POST', 'PUT', 'PATCH']) {
      scenario(`${method} arrives as it was sent`, [], async (world) => {
        const upstream = await world.upstream((request, response) => response.end(`${request.method} ${request.url}`))
        const path = '/at/a%20b/%2F/%C3%A9//c?x=1&x=2&y=%26;z&empty='
        expect((await world.client().ask(path, [upstream.address], { method })).text).toBe(`${method} ${path}`)
      })
    }

    scenario('a method that is seldom used arrives as it was sent', [], async (world) => {
      const upstream = await world.upstream((request, response) => response.end(request.method))
      expect((await world.client().ask('/at/', [upstream.address], { method: 'PROPFIND' })).text).toBe('PROPFIND')
    })

    scenario('dots in a path and an empty query arrive as they were sent', ['tcpListen'], async (world) => {
      const upstream = await world.upstream((request, response) => response.end(request.url))
      const client = world.client()
      for (const path of ['/at/a/../b/./c', '/at/?', '/at/%2e%2E/']) {
        expect((await client.ask(path, [upstream.address])).text).toBe(path)
      }
    })
  },
}

export const HEADER_FIELDS: FeatureCases = {
  feature: 'header fields',
  describe: (scenario) => {
    scenario('fields pass both ways', [], async (world) => {
      const upstream = await world.upstream((request, response) => {
        response.setHeader('x-answer', `${request.headers['x-question']} and ${request.headers['accept-language']}`)
        response.writeHead(299, { etag: '"1"', 'cache-control': 'max-age=5, private' }).end()
      })
      const headers = { 'x-question': 'a, b;c="d"', 'accept-language': 'de' }
      const answer = await world.client().ask('/at/', [upstream.address], { headers })
      expect(answer.status).toBe(299)
      expect(answer.headers).toMatchObject({
        'x-answer': 'a, b;c="d" and de',
        etag: '"1"',
        'cache-control': 'max-age=5, private',
      })
    })

    scenario('Set-Cookie that is sent three times arrives three times, in order', [], async (world) => {
      const cookies = ['a=1; Path=/', 'b=2, 3; HttpOnly', 'a=4; Expires=Wed, 21 Oct 2026 07:28:00 GMT']
      const upstream = await world.upstream((_, response) => response.setHeader('set-cookie', cookies).end())
      const answer = await world.client().ask('/at/', [upstream.address])
      expect(answer.headers['set-cookie']).toEqual(cookies)
    })

    scenario('a cookie arrives at the upstream in one piece', [], async (world) => {
      const upstream = await world.upstream(({ headers }, response) => response.end(headers.cookie))
      const headers = { cookie: 'a=1; b=2; c="x y"' }
      expect((await world.client().ask('/at/', [upstream.address], { headers })).text).toBe('a=1; b=2; c="x y"')
    })

    scenario('fields of one connection do not pass', [], async (world) => {
      const upstream = await world.upstream(({ headers }, response) => {
        response.setHeader('proxy-authenticate', 'Basic')
        response.end(JSON.stringify({ ...headers, via: undefined }))
      })
      const headers = { 'keep-alive': 'timeout=7', 'proxy-connection': 'x', te: 'gzip', 'x-stays': '1' }
      const { text } = await world.client().ask('/at/', [upstream.address], { headers })
      const got = JSON.parse(text) as Record<string, string>
      expect(got['x-stays']).toBe('1')
      for (const name of ['keep-alive', 'proxy-connection', 'te']) expect(got).not.toHaveProperty(name)
    })

    scenario('fields that Connection names do not pass', ['tcpListen'], async (world) => {
      const upstream = await world.upstream(({ headers }, response) => {
        response.setHeader('connection', 'x-own').setHeader('x-own', '1').end(String(headers['x-named']))
      })
      const headers = { connection: 'keep-alive, x-named', 'x-named': '1' }
      const answer = await world.client().ask('/at/', [upstream.address], { headers })
      expect(answer.text).toBe('undefined')
      expect(answer.headers['x-own']).toBeUndefined()
    })

    scenario('Host arrives as the client sent it', ['rawHeaders'], async (world) => {
      const upstream = await world.upstream(({ headers }, response) => response.end(headers.host))
      const answer = await world.client().ask('/at/', [upstream.address], { headers: { host: 'some.test' } })
      expect(answer.text).toBe('some.test')
    })

    scenario('names keep their case, both ways', ['tcpListen', 'rawHeaders'], async (world) => {
      const upstream = await world.upstream(({ rawHeaders }, response) => {
        response.setHeader('X-ANSwer', String(rawHeaders.includes('X-QUEstion'))).end()
      })
      const answer = await world.client().ask('/at/', [upstream.address], { headers: { 'X-QUEstion': '1' } })
      expect(answer.rawHeaders.join(' ')).toContain('X-ANSwer true')
    })
  },
}

export const BODILESS: FeatureCases = {
  feature: 'answers without a body',
  describe: (scenario) => {
    scenario('HEAD gets the head of the answer and no body', [], async (world) => {
      const upstream = await world.upstream(({ method }, response) => {
        response.setHeader('content-length', 12).setHeader('x-method', String(method)).end()
      })
      const client = world.client()
      const answer = await client.ask('/at/', [upstream.address], { method: 'HEAD' })
      expect(answer).toMatchObject({ status: 200, text: '' })
      expect(answer.headers['x-method']).toBe('HEAD')
      expect((await client.ask('/nowhere')).status).toBe(404)
    })

    scenario('HEAD tells the length that the body would have', [], async (world) => {
      const upstream = await world.upstream((_, response) => response.setHeader('content-length', 12).end())
      const answer = await world.client().ask('/at/', [upstream.address], { method: 'HEAD' })
      expect(answer.headers['content-length']).toBe('12')
    })

    for (const status of [204, 304]) {
      scenario(`${status} has no body, and the client goes on`, [], async (world) => {
        const upstream = await world.upstream((_, response) => response.writeHead(status, { etag: '"1"' }).end())
        const client = world.client()
        for (let i = 0; i < 2; i++) {
          const answer = await client.ask('/at/', [upstream.address])
          expect(answer).toMatchObject({ status, text: '' })
          expect(answer.headers.etag).toBe('"1"')
        }
      })
    }

    scenario('an empty body is an empty body', [], async (world) => {
      const upstream = await world.upstream(({ url }, response) => {
        if (url === '/at/length') response.setHeader('content-length', 0)
        response.end()
      })
      for (const path of ['/at/length', '/at/chunked']) {
        expect(await world.client().ask(path, [upstream.address])).toMatchObject({ status: 200, text: '' })
      }
    })
  },
}
