import { gunzipSync, gzipSync } from 'node:zlib'
import { algo, pipy } from 'sluice'
import { serve } from 'sluice/node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { RecordingLog } from '../../support/recording-log.ts'
import { HttpClient } from '../support/http-client.ts'
import { PoolProxy } from '../support/pool-proxy.ts'
import { TalkingUpstream } from '../support/talking-upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const CHUNKED_END = '0\r\n\r\n'
/** What a body might smuggle past a proxy that loses count. */
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'

/** A proxy in front of an upstream that says ok to each whole request, and one client. */
async function startWith(
  isWhole: (text: string) => boolean,
): Promise<{ client: HttpClient; upstream: TalkingUpstream }> {
  const upstream = await TalkingUpstream.start((socket, _, connection) => {
    if (isWhole(upstream.received[connection] as string)) socket.write(OK)
  })
  const proxy = await PoolProxy.start({ route: upstream.address })
  return { client: await HttpClient.connect(proxy.port), upstream }
}

test.each(['DELETE', 'OPTIONS', 'GET', 'POST', 'PATCH', 'PROPFIND'])(
  '%s with chunks keeps them, whatever they hold, and its upstream connection serves the next one',
  async (method) => {
    const { client, upstream } = await startWith((text) => text.endsWith(CHUNKED_END))
    const size = SMUGGLED.length.toString(16)
    for (let i = 0; i < 10; i++) {
      client.send(`${method} /own HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`)
      client.send(`${size}\r\n${SMUGGLED}\r\n${CHUNKED_END}`)
      expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'ok' })
    }
    expect(upstream.acceptedCount).toBe(1)
    expect(upstream.text).not.toMatch(/content-length/i)
    expect(upstream.text.match(/transfer-encoding: chunked\r\n/gi)).toHaveLength(10)
    expect(readChunkedRequests(upstream.text)).toEqual(Array(10).fill([`${method} /own HTTP/1.1`, SMUGGLED]))
  },
)

test.each(['ChunKed', 'CHUNKED', ' chunked ', 'chunked\t'])(
  'Transfer-Encoding: "%s" is taken for the chunks that it says, or refused, and smuggles nothing',
  async (coding) => {
    const { client, upstream } = await startWith((text) => text.endsWith(CHUNKED_END))
    const size = SMUGGLED.length.toString(16)
    client.send(`POST /own HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ${coding}\r\n\r\n`)
    client.send(`${size}\r\n${SMUGGLED}\r\n${CHUNKED_END}`)
    expect(await client.readAnswer()).toMatchObject({ status: 200 })
    expect(readChunkedRequests(upstream.text)).toEqual([['POST /own HTTP/1.1', SMUGGLED]])
    expect(upstream.text).toContain('\r\nTransfer-Encoding: chunked\r\n')
  },
)

test('a body that is slow to begin and comes byte by byte arrives whole', async () => {
  const { client, upstream } = await startWith((text) => text.endsWith('the end'))
  client.socket.setNoDelay(true)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 24\r\n\r\n')
  // The upstream has the head before there is any body.
  await upstream.until(() => upstream.text.includes('\r\n\r\n'))
  for (const [i, letter] of [...'one letter, one, the end'].entries()) {
    client.send(letter)
    await upstream.until(() => upstream.text.split('\r\n\r\n')[1]?.length === i + 1)
  }
  expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'ok' })
  expect(upstream.text.split('\r\n\r\n')[1]).toBe('one letter, one, the end')
})

test('a body that a callback has read before is sent on all the same, as it came', async () => {
  const upstream = await TalkingUpstream.start((socket, text) => {
    if (text.includes('--x--')) socket.write(OK)
  })
  const bodies: (string | undefined)[] = []
  const pool = new algo.ResourcePool<number, string>(() => 1)
  const proxy = pipy()
    .listen('127.0.0.1:0')
    .demuxHTTP('request')
    .pipeline('request')
    .handleMessage(({ body }) => void bodies.push(body?.toString()))
    .muxHTTP('connection', () => pool.allocate('key'))
    .pipeline('connection')
    .connect(upstream.address)
  const server = await serve(proxy, { log: new RecordingLog() })
  onTestFinished(() => server.close())
  const client = await HttpClient.connect(server.addresses[0]?.port as number)
  const body = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1&b=2\r\n--x--\r\n'
  for (const framing of ['length', 'chunks']) {
    const isChunked = framing === 'chunks'
    const fields = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\n${fields}\r\n\r\n`)
    client.send(isChunked ? `${body.length.toString(16)}\r\n${body}\r\n${CHUNKED_END}` : body)
    expect(await client.readAnswer(), framing).toMatchObject({ status: 200, body: 'ok' })
  }
  expect(bodies).toEqual([body, body])
  expect(upstream.text.split(body)).toHaveLength(3)
})

test('compressed bodies pass as they are, with their length and coding, both ways', async () => {
  const sent = gzipSync('a request '.repeat(1000))
  const answered = gzipSync('an answer '.repeat(1000))
  const upstream = await TalkingUpstream.start((socket, _, connection) => {
    if (!upstream.received[connection]?.endsWith(sent.toString('latin1'))) return
    socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${answered.length}\r\nETag: "x"\r\n\r\n`)
    socket.write(answered)
  })
  const proxy = await PoolProxy.start({ route: upstream.address })
  const client = await HttpClient.connect(proxy.port)
  client.send(`PUT / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, br;q=0.5\r\nContent-Encoding: gzip\r\n`)
  client.send(`Content-Length: ${sent.length}\r\n\r\n`)
  client.send(sent)
  const { headers, body } = await client.readAnswer()
  expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(answered.length), etag: '"x"' })
  expect(gunzipSync(Buffer.from(body, 'latin1')).toString()).toBe('an answer '.repeat(1000))
  expect(upstream.text).toContain('\r\nAccept-Encoding: gzip, br;q=0.5\r\n')
  expect(upstream.text).toContain(`\r\nContent-Length: ${sent.length}\r\n`)
})

/** Answers without a body, whatever their head says, by the method they are for. */
const BODILESS: readonly { readonly method: string; readonly head: string }[] = [
  { method: 'HEAD', head: 'HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nContent-Type: text/x\r\n\r\n' },
  { method: 'HEAD', head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' },
  { method: 'HEAD', head: 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n' },
  { method: 'GET', head: 'HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n' },
  { method: 'GET', head: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 12345\r\nETag: "a"\r\n\r\n' },
  { method: 'DELETE', head: 'HTTP/1.1 204 No Content\r\n\r\n' },
  { method: 'GET', head: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' },
]

test.each(BODILESS)(
  'the answer to $method that begins with $head has no body, and both connections go on',
  async (bodiless) => {
    const { method, head } = bodiless
    const upstream = await TalkingUpstream.start((socket, text) => socket.write(text.includes(' /a ') ? head : OK))
    const proxy = await PoolProxy.start({ route: upstream.address })
    const client = await HttpClient.connect(proxy.port)
    for (let i = 0; i < 3; i++) {
      client.send(`${method} /a HTTP/1.1\r\nHost: a\r\n\r\n`)
      const answer = await client.readAnswer({ hasBody: false })
      expect(answer.status).toBe(Number(head.split(' ')[1]))
      const length = /content-length: (\d+)/i.exec(head)?.[1]
      expect(answer.headers['content-length']).toBe(length)
      expect(await client.get('/next')).toMatchObject({ status: 200, body: 'ok' })
    }
    expect(upstream.acceptedCount).toBe(1)
  },
)

test('a request without a body gets none: no Transfer-Encoding, no Content-Length that was not there', async () => {
  const { client, upstream } = await startWith((text) => text.endsWith('\r\n\r\n'))
  for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS']) {
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`)
    await client.readAnswer({ hasBody: method !== 'HEAD' })
    // The upstream of this test gives HEAD a body, which ends its connection; all others share one.
  }
  expect(upstream.text).not.toMatch(/transfer-encoding|content-length/i)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
  expect(await client.readAnswer()).toMatchObject({ status: 200 })
  expect(upstream.text).toMatch(/^POST \/ HTTP\/1\.1\r\n(?:.+\r\n)*content-length: 0\r\n/im)
})

test('an upload that the upstream answers before its end is not sent into the next request', async () => {
  const upstream = await TalkingUpstream.start((socket, text) => {
    if (text.startsWith('POST')) socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig')
    else if (text.startsWith('GET /next')) socket.write(OK)
  })
  const proxy = await PoolProxy.start({ route: upstream.address })
  const client = await HttpClient.connect(proxy.port)
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${SMUGGLED.length * 2}\r\n\r\n${SMUGGLED}`)
  expect(await client.readAnswer()).toMatchObject({ status: 413, body: 'big' })
  client.send(SMUGGLED)
  const next = await HttpClient.connect(proxy.port)
  expect(await next.get('/next')).toMatchObject({ status: 200, body: 'ok' })
  for (const text of upstream.received) expect(text).not.toMatch(/^GET \/smuggled[\s\S]*GET \/next/m)
})

/** Takes requests with chunks apart, strictly. @returns start line and body of each */
function readChunkedRequests(text: string): [string, string][] {
  const requests: [string, string][] = []
  for (let rest = text; rest !== ''; ) {
    const headEnd = rest.indexOf('\r\n\r\n') + 4
    const startLine = rest.slice(0, rest.indexOf('\r\n'))
    let body = ''
    rest = rest.slice(headEnd)
    for (;;) {
      const [line = ''] = /^[0-9a-f]+\r\n/i.exec(rest) ?? []
      const size = Number.parseInt(line, 16)
      body += rest.slice(line.length, line.length + size)
      rest = rest.slice(line.length + size + 2)
      if (!(size > 0)) break
    }
    requests.push([startLine, body])
  }
  return requests
}
