import type { RequestListener, ServerResponse } from 'node:http'
import { expect, test, vi } from 'vitest'
import { HttpClient } from './support/http-client.ts'
import { poolScript } from './support/pool-script.ts'
import { ProxyProcess } from './support/proxy-process.ts'
import { createScriptFolder } from './support/script-folder.ts'
import { Upstream } from './support/upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

test('pipelined requests go to their upstreams at once and are answered in order', async () => {
  let held: ServerResponse | undefined
  const slow = await Upstream.start('slow', (_, response) => {
    held = response
  })
  const quick = await Upstream.start('quick')
  const { client } = await startPool({ '/slow/*': slow, '/*': quick })
  client.send(requestFor('/slow') + requestFor('/1') + requestFor('/slow/2').replace('GET', 'DELETE'))
  await quick.received(1)
  await slow.received(1)
  held?.end('at last')
  expect(await client.readAnswer()).toMatchObject({ body: 'at last' })
  expect(await client.readAnswer()).toMatchObject({ body: 'quick GET /1' })
  await slow.received(2)
  held?.end('deleted')
  expect(await client.readAnswer()).toMatchObject({ body: 'deleted' })
})

test('heads and chunked bodies arrive as they were sent, both ways', async () => {
  const { client, upstream } = await startWith((request, response) => {
    let body = ''
    request.setEncoding('latin1').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      response.writeHead(201, 'Made It', [
        ['X-MiXed', 'one'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2; Path=/'],
        ['Trailer', 'x-sum'],
      ])
      response.addTrailers({ 'x-sum': String(body.length) })
      response.write(`${body}|`)
      response.end(`${request.rawHeaders.filter((_, i) => i % 2 === 0).join(',')}|${request.trailers['x-end']}`)
    })
  })
  client.send('POST /a HTTP/1.1\r\nHOST: h\r\nX-Odd: v\r\nTransfer-Encoding: chunked\r\nTrailer: x-end\r\n\r\n')
  client.send('3\r\nabc\r\n')
  await upstream.received(1)
  client.send('2;ext=1\r\nde\r\n0\r\nx-end: done\r\n\r\n')
  const { head, body, status, statusText } = await client.readAnswer()
  expect({ status, statusText }).toEqual({ status: 201, statusText: 'Made It' })
  expect(body).toMatch(/^abcde\|HOST,X-Odd,Transfer-Encoding,Trailer,Via\|done$/)
  expect(client.trailers).toEqual(['x-sum: 5'])
  expect(head).toMatch(/^X-MiXed: one\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2; Path=\/\r$/m)
})

test('the answer to HEAD has its length and no body, and the connection goes on', async () => {
  const { client } = await startWith((_, response) => {
    response.setHeader('content-length', 12)
    response.end('twelve bytes')
  })
  client.send('HEAD / HTTP/1.1\r\nHost: h\r\n\r\n')
  expect((await client.readAnswer({ hasBody: false })).headers['content-length']).toBe('12')
  expect(await client.get('/')).toMatchObject({ status: 200, body: 'twelve bytes' })
})

test('a client that waits for 100 Continue gets it from the upstream, and then its answer', async () => {
  const { client } = await startWith((request, response) => {
    request.on('data', (bytes) => response.end(`got ${String(bytes)}`))
  })
  client.send('PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n')
  expect(await client.readAnswer()).toMatchObject({ status: 100 })
  client.send('body')
  expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'got body' })
})

test('an HTTP/1.0 client gets its answer and then the end of the connection', async () => {
  const { client, upstream } = await startWith((_, response) => {
    response.write('one, ')
    response.end('two')
  })
  client.send('GET / HTTP/1.0\r\nHost: h\r\n\r\n')
  const answer = await client.readToEnd()
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\none, two$/)
  expect(answer).not.toMatch(/transfer-encoding/i)
  expect(upstream.acceptedCount).toBe(1)
})

test('a client that ends its sending side gets the answer all the same', async () => {
  let held: ServerResponse | undefined
  const { client, upstream } = await startWith((_, response) => {
    held = response
  })
  client.socket.end(requestFor('/'))
  await upstream.received(1)
  held?.end('for the one who stopped talking')
  expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'for the one who stopped talking' })
})

async function startWith(respond: RequestListener): Promise<{ client: HttpClient; upstream: Upstream }> {
  const upstream = await Upstream.start('upstream', respond)
  return { upstream, ...(await startPool({ '/*': upstream })) }
}

async function startPool(upstreams: Readonly<Record<string, Upstream>>): Promise<{ client: HttpClient }> {
  const routes = Object.fromEntries(Object.entries(upstreams).map(([pattern, { address }]) => [pattern, address]))
  const folder = createScriptFolder({ 'proxy.js': poolScript(routes) })
  const { port } = await ProxyProcess.start(['proxy.js'], { folder })
  return { client: await HttpClient.connect(port) }
}

function requestFor(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`
}
