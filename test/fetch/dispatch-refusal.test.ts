import { describe, expect, test } from 'vitest'
import { openDispatched } from './dispatched-connection.ts'
import { untilText } from './until-text.ts'

describe('DispatchConnection, of what fetch cannot say,', () => {
  test.each([
    ['CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 501, 'method "CONNECT"'],
    ['TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 501, 'method "TRACE"'],
    ['TRACK / HTTP/1.1\r\nHost: a\r\n\r\n', 501, 'method "TRACK"'],
    ['put / HTTP/1.1\r\nHost: a\r\n\r\n', 501, 'method "put" in this spelling'],
    ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx', 501, 'GET with a body'],
    ['OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 501, 'OPTIONS of "*"'],
    ['GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n', 501, 'an upgrade to "chat"'],
    [`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx-sum: 1\r\n\r\n`, 501, 'trailers'],
    ['GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n', 502, 'path "/a/../b" as it is'],
    ['GET /a/%2E%2e HTTP/1.1\r\nHost: a\r\n\r\n', 502, 'path "/a/%2E%2e" as it is'],
  ])('refuses what fetch cannot say, and says what to use: %j', async (request, status, what) => {
    let calls = 0
    const { handler, write, pool } = openDispatched(async () => {
      calls++
      return new Response()
    })
    write(request)
    await handler.untilTold('close')
    expect(handler.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(handler.text).toContain(`Cannot send ${what} by fetch: a target "tcp://host:port" take`)
    expect(handler.text).toContain('Connection: close\r\n')
    expect([calls, handler.error, pool.statistics()]).toEqual([0, undefined, []])
  })

  test('lets dots pass that no URL resolves', async () => {
    let url = ''
    const { handler, write } = openDispatched(async (request) => {
      url = request.url
      return new Response(null)
    })
    write('GET /a..b/.c/...?d=/../e HTTP/1.1\r\nHost: a\r\n\r\n')
    await untilText(handler, '\r\n\r\n')
    expect(url).toBe('http://up.test:8080/a..b/.c/...?d=/../e')
  })

  test.each(['client.test', 'CLIENT.test', 'up.test:8080', ''])(
    'sends the Host of the target in place of %j',
    async (host) => {
      let seen: Request | undefined
      const send = async (request: Request) => {
        seen = request
        return new Response(null)
      }
      const { handler, write } = openDispatched(send, { clientHost: 'client.test' })
      write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      await untilText(handler, '\r\n\r\n')
      expect([seen?.url, seen?.headers.get('host')]).toEqual(['http://up.test:8080/', null])
    },
  )

  test('refuses a Host that a script has set', async () => {
    const { handler, write } = openDispatched(async () => new Response(), { clientHost: 'client.test' })
    write('GET / HTTP/1.1\r\nHost: other.test\r\n\r\n')
    await handler.untilTold('close')
    expect(handler.text).toMatch(/^HTTP\/1\.1 502 [^]*Cannot send a Host of its own, "other\.test" by fetch/)
  })
})
