import { expect, test, vi } from 'vitest'
import { HttpClient } from '../support/http-client.ts'
import { PoolProxy } from '../support/pool-proxy.ts'
import { TalkingUpstream } from '../support/talking-upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

interface Exchanged {
  /** Header lines, in their order, as the upstream got them. */
  readonly request: readonly string[]
  /** As the client got them. */
  readonly answer: readonly string[]
}

/** Sends header lines to an upstream that answers with others. */
async function exchange(request: readonly string[], answer: readonly string[]): Promise<Exchanged> {
  const upstream = await TalkingUpstream.start((socket) =>
    socket.write(['HTTP/1.1 200 OK', ...answer, 'Content-Length: 2', '', 'ok'].join('\r\n')),
  )
  const proxy = await PoolProxy.start({ route: upstream.address })
  const client = await HttpClient.connect(proxy.port)
  client.send(['GET / HTTP/1.1', 'Host: a', ...request, '', ''].join('\r\n'))
  const { head, body } = await client.readAnswer()
  expect(body).toBe('ok')
  return { request: linesOf(upstream.text), answer: linesOf(head) }
}

function linesOf(head: string): string[] {
  return head.trimEnd().split('\r\n').slice(1)
}

test('what belongs to one connection is not sent on, in either direction', async () => {
  const ofConnection = ['Keep-Alive: timeout=5', 'Proxy-Connection: keep-alive', 'X-Named: secret', 'x-OTHER: secret']
  const { request, answer } = await exchange(
    ['X-Kept: 1', 'Connection: keep-alive, x-named', ...ofConnection, 'Connection: , X-Other ,', 'TE: gzip, trailers'],
    ['X-Kept: 2', 'Connection: keep-alive, x-named,X-OTHER', ...ofConnection],
  )
  // That the client takes trailers is what the proxy says for itself (RFC 9110 10.1.4).
  const forwarded = ['Host: a', 'X-Kept: 1', 'Connection: TE', 'TE: trailers']
  expect(request.filter((line) => !/^via:/i.test(line))).toEqual(forwarded)
  expect(answer).toEqual(['X-Kept: 2', 'Content-Length: 2'])
})

test('a client cannot have what the proxy or its script adds taken away by naming it in Connection', async () => {
  const added = ['x-user', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'host']
  const upstream = await TalkingUpstream.start((socket) => socket.write(OK))
  const proxy = await PoolProxy.start({
    listen: { forwarded: { style: 'both' } },
    route: (head) => {
      head.headers['x-user'] = 'known to the script'
      return upstream.address
    },
  })
  const client = await HttpClient.connect(proxy.port)
  client.send(`GET / HTTP/1.1\r\nHost: a\r\nX-User: anybody\r\nConnection: ${added.join(', ')}\r\n\r\n`)
  expect(await client.readAnswer()).toMatchObject({ status: 200 })
  const lines = linesOf(upstream.text)
  const names = lines.map((line) => line.slice(0, line.indexOf(':')).toLowerCase())
  for (const name of added) expect(names, name).toContain(name)
  expect(lines.map((line) => line.toLowerCase())).toContain('x-user: known to the script')
  expect(lines.join()).not.toContain('anybody')
})

test('names keep their case and fields their order, and repeated ones stay apart, both ways', async () => {
  const sent = ['X-b: 2', 'ACCEPT: */*', 'cookie: a=1', 'X-A: 1', 'x-a: 2', 'eTag-LIKE: "x"', 'X-Empty:']
  const answered = [
    'Server: own/1.0',
    'Set-Cookie: a=1; Path=/',
    'X-Z: 1',
    'set-cookie: b=2, with a comma',
    'SET-COOKIE: c=3',
    'Date: Thu, 01 Jan 1970 00:00:00 GMT',
    'x-z: 2',
  ]
  const { request, answer } = await exchange(sent, answered)
  expect(request.filter((line) => !/^via:/i.test(line)).map(withoutBlanks)).toEqual(
    ['Host: a', ...sent].map(withoutBlanks),
  )
  expect(answer).toEqual([...answered, 'Content-Length: 2'])
})

test('three Set-Cookie are three for a script that has read the head as well', async () => {
  const upstream = await TalkingUpstream.start((socket) =>
    socket.write(
      'HTTP/1.1 200 OK\r\nSet-Cookie: a=1, x\r\nSet-Cookie: b=2\r\nset-cookie: c=3\r\nContent-Length: 2\r\n\r\nok',
    ),
  )
  const proxy = await PoolProxy.start({
    route: (head) => {
      head.headers['x-read'] = 'yes'
      return upstream.address
    },
  })
  const client = await HttpClient.connect(proxy.port)
  const { head } = await client.get('/')
  expect(head.match(/^set-cookie: .*$/gim)).toEqual(['Set-Cookie: a=1, x', 'Set-Cookie: b=2', 'set-cookie: c=3'])
  expect(upstream.text).toMatch(/^x-read: yes\r$/im)
})

function withoutBlanks(line: string): string {
  return line.replace(/:\s*/, ':')
}
