import { algo } from 'sluice'
import { expect, test, vi } from 'vitest'
import { HttpClient } from '../support/http-client.ts'
import { PoolProxy } from '../support/pool-proxy.ts'
import { Upstream } from '../support/upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

/** Requests that try to get to an upstream that their Host and path do not name, and where they belong. */
const TRICKS: readonly { readonly target: string; readonly host: string; readonly goes: string }[] = [
  // A route is a whole host, not a part of one.
  { target: '/', host: 'inner.example.evil', goes: 'public' },
  { target: '/', host: 'evil-inner.example', goes: 'public' },
  { target: '/', host: 'inner.example:81', goes: 'inner' },
  { target: '/', host: 'INNER.example', goes: 'inner' },
  { target: '/', host: 'evil@inner.example', goes: '400' },
  { target: '/', host: 'public.example/inner.example', goes: '400' },
  { target: '/', host: 'public.example?inner.example', goes: '400' },
  { target: '/', host: 'public.example, inner.example', goes: '400' },
  { target: '/', host: 'public.example\r\nHost: inner.example', goes: '400' },
  { target: '/', host: 'public.example\r\nX-Forwarded-Host: inner.example', goes: 'public' },
  { target: '/', host: 'public.example\r\nX-Original-URL: /admin', goes: 'public' },
  // The host of a target in absolute form counts, or the request is refused; never the other one.
  { target: 'http://inner.example/', host: 'public.example', goes: '400' },
  { target: 'http://inner.example/', host: 'inner.example', goes: 'inner' },
  { target: 'http://public.example@inner.example/', host: 'public.example', goes: '400' },
  // Host and path are two things, wherever one ends and the other begins.
  { target: '//inner.example/', host: 'public.example', goes: 'public' },
  { target: '/inner.example/', host: 'public.example', goes: 'public' },
  { target: '/?/admin', host: 'public.example', goes: 'public' },
  { target: '/admin', host: 'public.example', goes: 'admin' },
  { target: '/admin?a=/', host: 'public.example', goes: 'admin' },
  { target: '/administrator', host: 'public.example', goes: 'public' },
  { target: '/__proto__', host: 'public.example', goes: 'public' },
  { target: '/', host: '__proto__', goes: 'public' },
  { target: '/', host: 'constructor', goes: 'public' },
  // What is one segment for the router is the same one for the upstream: it gets the path as it came.
  { target: '/x/../admin', host: 'public.example', goes: 'public' },
  { target: '/x/%2e%2e/admin', host: 'public.example', goes: 'public' },
  { target: '/%61dmin', host: 'public.example', goes: 'public' },
  { target: '/admin%2f..%2f', host: 'public.example', goes: 'public' },
  { target: '/Admin', host: 'public.example', goes: 'public' },
  { target: '/admin\\..\\x', host: 'public.example', goes: 'public' },
  { target: '/admin#x', host: 'public.example', goes: '400' },
  { target: 'admin', host: 'public.example', goes: '400' },
]

test('no Host and no path chooses another upstream than the router says, and it gets them as they came', async () => {
  const names = ['public', 'inner', 'admin'] as const
  const upstreams = Object.fromEntries(
    await Promise.all(
      names.map(async (name) => {
        const upstream = await Upstream.start(name, ({ url, headers }, response) =>
          response.end(`${name} ${headers.host} ${url}`),
        )
        return [name, upstream] as const
      }),
    ),
  )
  const router = new algo.URLRouter<string>({
    '/*': upstreams['public']?.address as string,
    '/admin/*': upstreams['admin']?.address as string,
    'inner.example/*': upstreams['inner']?.address as string,
  })
  const proxy = await PoolProxy.start({ route: ({ headers, path }) => router.find(headers.host, path) })
  const found: unknown[] = []
  for (const { target, host } of TRICKS) {
    const client = await HttpClient.connect(proxy.port)
    // Something on the way before: what an earlier request was routed by must not count for this one.
    await client.get('/', 'inner.example')
    client.send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    const { status, body } = await client.readAnswer()
    found.push({ target, host, goes: status === 200 ? body.split(' ')[0] : String(status) })
    if (status !== 200 || target.startsWith('http:')) continue
    expect(body.split(' ').slice(1)).toEqual([host.split('\r\n')[0], target])
  }
  expect(found).toEqual(TRICKS)
})

test('two clients with hosts and paths that look alike when put together are kept apart', async () => {
  const one = await Upstream.start('one')
  const other = await Upstream.start('other')
  const router = new algo.URLRouter<string>({ 'a.example/b/*': one.address, 'a.exampl/eb/*': other.address })
  const proxy = await PoolProxy.start({ route: ({ headers, path }) => router.find(headers.host, path) })
  const clients = await Promise.all([HttpClient.connect(proxy.port), HttpClient.connect(proxy.port)])
  for (let i = 0; i < 20; i++) {
    const client = clients[i % 2] as HttpClient
    expect(await client.get('/b', 'a.example')).toMatchObject({ body: 'one GET /b' })
    expect(await client.get('/eb', 'a.exampl')).toMatchObject({ body: 'other GET /eb' })
    expect(await client.get('/b', 'a.exampl')).toMatchObject({ status: 404 })
  }
})
