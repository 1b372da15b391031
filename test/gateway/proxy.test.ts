import type { ServerResponse } from 'node:http'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { gateway, type GatewayConfiguration } from 'sluice/gateway'
import { serve } from 'sluice/node'
import { HttpClient } from '../end-to-end/support/http-client.ts'
import { Upstream } from '../end-to-end/support/upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

/** A gateway on a free port of 127.0.0.1. */
async function start(configuration: Omit<GatewayConfiguration, 'listen'>): Promise<HttpClient> {
  const server = await serve(gateway({ listen: '127.0.0.1:0', ...configuration }))
  onTestFinished(() => server.close())
  return await HttpClient.connect(server.addresses[0]?.port as number)
}

/** Answers with all that it got. */
const echo = (): Promise<Upstream> =>
  Upstream.start('echo', (request, response) => {
    response.setHeader('x-powered-by', 'echo')
    response.setHeader('set-cookie', ['a=1', 'b=2'])
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers }))
  })

describe('a gateway', () => {
  test('sends requests to the service of their route, over one connection for all its routes', async () => {
    const [web, users] = [await Upstream.start('web'), await Upstream.start('users')]
    const client = await start({
      services: { web: web.address, users: { targets: [users.address] } },
      routes: [
        { path: ['/users/*', '/people/:id'], service: 'users' },
        { host: 'web.example', service: 'web' },
        { path: '/users/new', method: 'POST', service: 'users' },
      ],
    })
    expect((await client.get('/users/7?x=1')).body).toBe('users GET /users/7?x=1')
    expect((await client.get('/people/7')).body).toBe('users GET /people/7')
    expect((await client.get('/', 'WEB.example:80')).body).toBe('web GET /')
    expect((await client.get('/people/7/x')).status).toBe(404)
    client.send('POST /users/new HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi')
    expect((await client.readAnswer()).body).toBe('users POST /users/new')
    expect([web.acceptedCount, users.acceptedCount]).toEqual([1, 1])
  })

  test('shares the load of a service among its targets', async () => {
    const upstreams = await Promise.all(['one', 'two'].map((name) => Upstream.start(name)))
    const client = await start({
      services: { web: upstreams.map(({ address }) => address) },
      default: { service: 'web' },
    })
    const bodies = new Set<string>()
    for (let i = 0; i < 4; i++) bodies.add((await client.get('/')).body)
    expect([...bodies].sort()).toEqual(['one GET /', 'two GET /'])
  })

  test('rewrites paths, and keeps queries', async () => {
    const { address } = await echo()
    const client = await start({
      services: { echo: address },
      routes: [
        { path: '/api/*', service: 'echo', rewrite: { stripPrefix: '/api', addPrefix: '/v2' } },
        { path: '/u/:id/*', service: 'echo', rewrite: { path: '/users/:id/files/*' } },
        { path: { regex: '/r(?<n>\\d)' }, service: 'echo', rewrite: { path: '/regex/:n' } },
      ],
    })
    const ask = async (path: string): Promise<string> => JSON.parse((await client.get(path)).body).url
    expect(await ask('/api/x?q=/api/y')).toBe('/v2/x?q=/api/y')
    expect(await ask('/api')).toBe('/v2/')
    expect(await ask('/u/7/a/b?')).toBe('/users/7/files/a/b?')
    expect(await ask('/u/a%2Fb/c')).toBe('/users/a%2Fb/files/c')
    expect(await ask('/r5')).toBe('/regex/5')
  })

  test('changes fields of requests and of answers', async () => {
    const { address } = await echo()
    const client = await start({
      services: { echo: address },
      default: {
        service: 'echo',
        requestHeaders: { set: { 'X-From': 'gateway', host: 'inner.example' }, remove: ['Cookie'] },
        answerHeaders: { set: { 'x-served-by': 'sluice' }, remove: ['X-Powered-By'] },
      },
    })
    client.send('GET / HTTP/1.1\r\nHost: outer.example\r\nCookie: secret=1\r\nX-From: a liar\r\nX-Other: stays\r\n\r\n')
    const { headers, body, head } = await client.readAnswer()
    expect(JSON.parse(body).headers).toMatchObject({ 'x-from': 'gateway', host: 'inner.example', 'x-other': 'stays' })
    expect(JSON.parse(body).headers).not.toHaveProperty('cookie')
    expect(headers).toMatchObject({ 'x-served-by': 'sluice' })
    expect(headers).not.toHaveProperty('x-powered-by')
    expect(head.match(/set-cookie: /gi)).toHaveLength(2)
  })

  test('redirects and answers by itself, whatever the method and the body', async () => {
    const client = await start({
      routes: [
        { path: '/old/*', redirect: 'https://new.example/*' },
        { path: '/here/*', redirect: { to: '/*', status: 308 } },
        { path: '/query', redirect: '/other?fixed=1' },
        { path: '/robots.txt', answer: { body: 'none\n', headers: { 'Cache-Control': 'max-age=60' } } },
        { path: '/no', answer: { status: 403 }, answerHeaders: { set: { 'x-why': 'because' } } },
      ],
    })
    const get = async (path: string): Promise<readonly unknown[]> => {
      const { status, headers, body } = await client.get(path)
      return [status, headers['location'] ?? headers['cache-control'] ?? headers['x-why'], body]
    }
    expect(await get('/old/a/b?c=d')).toEqual([302, 'https://new.example/a/b?c=d', ''])
    expect(await get('/here//evil.example')).toEqual([308, '/evil.example', ''])
    expect(await get('/query?x=1')).toEqual([302, '/other?fixed=1', ''])
    expect(await get('/robots.txt')).toEqual([200, 'max-age=60', 'none\n'])
    expect(await get('/no')).toEqual([403, 'because', ''])
    expect(await get('/else')).toEqual([404, undefined, 'No route\n'])
    client.send('POST /robots.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello')
    expect((await client.readAnswer()).body).toBe('none\n')
    client.send('HEAD /robots.txt HTTP/1.1\r\nHost: a\r\n\r\n')
    expect((await client.readAnswer({ hasBody: false })).headers).toMatchObject({ 'content-length': '5' })
  })

  test('lets nobody past a route who writes its path another way', async () => {
    const upstream = await Upstream.start('inner')
    const client = await start({
      services: { inner: upstream.address },
      routes: [{ path: '/admin/*', answer: { status: 403 } }],
      default: { service: 'inner' },
    })
    for (const path of [
      '/admin',
      '/admin/',
      '/%61dmin',
      '/x/../admin',
      '/x/%2e%2E/admin/y',
      '/./admin',
      'http://localhost/admin?x',
    ]) {
      expect((await client.get(path)).status, path).toBe(403)
    }
    expect((await client.get('/x/../ok/./%7Euser?a/../b')).body).toBe('inner GET /ok/~user?a/../b')
    expect(upstream.requests).toHaveLength(1)
  })

  test('waits for a service as long as the route says, or else the service', async () => {
    const held: ServerResponse[] = []
    const silent = await Upstream.start('silent', (_, response) => void held.push(response))
    const server = await serve(
      gateway({
        listen: '127.0.0.1:0',
        services: { silent: { targets: [silent.address], timeouts: { responseMs: 60 }, retry: { attempts: 0 } } },
        routes: [{ path: '/patient', service: 'silent', timeouts: { responseMs: 0 } }],
        default: { service: 'silent' },
      }),
    )
    onTestFinished(() => server.close())
    const [patient, other] = await Promise.all(
      [0, 1].map(() => HttpClient.connect(server.addresses[0]?.port as number)),
    )
    patient?.send('GET /patient HTTP/1.1\r\nHost: a\r\n\r\n')
    await silent.received(1)
    // It began later, and is over: so the time of the first one would be over as well.
    expect((await other?.get('/'))?.status).toBe(504)
    held[0]?.end('at last')
    expect((await patient?.readAnswer())?.body).toBe('at last')
  })

  test('answers 502 for a target that is not there, and for a listener too long a body 413', async () => {
    const server = await serve(
      gateway({
        listen: { address: '127.0.0.1:0', maxBodyBytes: 10 },
        services: { none: '127.0.0.1:1' },
        default: { service: 'none' },
      }),
    )
    onTestFinished(() => server.close())
    const client = await HttpClient.connect(server.addresses[0]?.port as number)
    expect((await client.get('/')).status).toBe(502)
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n')
    expect((await client.readAnswer()).status).toBe(413)
  })

  test('is a proxy like others: pipelines can be added, and targets changed while it runs', async () => {
    const [first, second] = [await Upstream.start('first'), await Upstream.start('second')]
    const proxy = gateway({ listen: '127.0.0.1:0', services: { web: first.address }, default: { service: 'web' } })
    proxy.listen('127.0.0.1:0').demuxHTTP('routing')
    const server = await serve(proxy)
    onTestFinished(() => server.close())
    expect(server.addresses).toHaveLength(2)
    const client = await HttpClient.connect(server.addresses[1]?.port as number)
    expect((await client.get('/')).body).toBe('first GET /')
    proxy.services.get('web')?.set([second.address])
    expect((await client.get('/')).body).toBe('second GET /')
  })

  test('tells services for whom it asks, where its listener says so', async () => {
    const { address } = await echo()
    const server = await serve(
      gateway({
        listen: [{ address: '127.0.0.1:0', forwarded: {} }, '127.0.0.1:0'],
        services: { echo: address },
        default: { service: 'echo' },
      }),
    )
    onTestFinished(() => server.close())
    const [told, untold] = await Promise.all(
      server.addresses.map(async ({ port }) => {
        const client = await HttpClient.connect(port)
        return JSON.parse((await client.get('/')).body).headers['x-forwarded-for'] as string | undefined
      }),
    )
    expect([told, untold]).toEqual(['127.0.0.1', undefined])
  })
})
