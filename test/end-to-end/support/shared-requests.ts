import { createHash } from 'node:crypto'
import { type IncomingMessage, request, type RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'

/** A request of the list that the same proxy is asked in several places. */
export interface SharedRequest {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
  /** The body goes in chunks, its length untold. */
  readonly isChunked?: boolean
}

/** An answer as its client got it. */
export interface SharedAnswer {
  readonly status: number
  readonly body: Buffer
  readonly headers: Readonly<Record<string, unknown>>
}

const BIG_BODY = Buffer.alloc(3_000_000, 'Sluice, with some bytes that are no text: \xff\xfe\n', 'latin1')

/** What proxies are asked: routes, methods, bodies, paths and fields of which a runtime may have its own opinion. */
export const SHARED_REQUESTS: readonly SharedRequest[] = [
  { path: '/' },
  { path: '/hi' },
  { path: '/hi/there' },
  { path: '/hit' },
  { path: '/?a=1&b=two%20words&b=&c' },
  { path: '/hi?next=/hi/../x&q=%2F%3F' },
  { path: '/a%20b/%E4%BD%A0%E5%A5%BD/%2e%2F%c3' },
  { path: '/a//b/;v=1,2/~user/(x)/@:$&+=' },
  { method: 'HEAD', path: '/' },
  { method: 'HEAD', path: '/hi/large' },
  { method: 'OPTIONS', path: '/' },
  { method: 'DELETE', path: '/hi/1' },
  { method: 'POST', path: '/', body: '' },
  { method: 'POST', path: '/hi', body: 'name=value', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  { method: 'PUT', path: '/', body: Buffer.from([0, 1, 2, 0xff, 0xfe, 13, 10, 13, 10]) },
  { method: 'PATCH', path: '/', body: '{"a":[1,2]}', isChunked: true },
  { method: 'POST', path: '/hi/large', body: BIG_BODY },
  { method: 'POST', path: '/echo', body: BIG_BODY, isChunked: true },
  { path: '/large' },
  { path: '/status/204' },
  { path: '/status/302' },
  { path: '/status/304' },
  { path: '/status/404' },
  { path: '/status/418' },
  { path: '/status/500' },
  { path: '/', headers: { 'x-repeated': ['one', 'two', 'three'], 'accept-language': 'de, en;q=0.5' } },
  { path: '/', headers: { cookie: 'a=1; b="2"', authorization: 'Basic YTpi', 'if-none-match': 'W/"x"' } },
  { path: '/cookies' },
  { path: '/gzip', headers: { 'accept-encoding': 'gzip' } },
]

/** An upstream that says what it got, so that what differs on the way shows in the answer. */
export function tellRequest(name: string): RequestListener {
  return (incoming, response) => {
    void readBody(incoming).then((body) => {
      const [, status] = /^\/status\/(\d+)/.exec(incoming.url ?? '') ?? []
      if (status !== undefined) {
        response.writeHead(Number(status), { location: '/elsewhere', etag: '"x"' })
        response.end(['204', '304'].includes(status) ? undefined : `${name} with status ${status}`)
      } else if (incoming.url === '/cookies') {
        response.writeHead(200, { 'set-cookie': ['a=1; Path=/', 'b=2; Expires=Thu, 01 Jan 2032 00:00:00 GMT'] })
        response.end('cookies')
      } else if (incoming.url === '/gzip') {
        // A proxy hands these bytes on as they are.
        const bytes = gzipSync('packed')
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length })
        response.end(bytes)
      } else if (incoming.url === '/echo') response.end(body)
      else if (incoming.url?.endsWith('/large')) response.end(BIG_BODY)
      else response.end(describe(name, incoming, body))
    })
  }
}

function describe(name: string, { method, url, headers }: IncomingMessage, body: Buffer): string {
  const told = ['host', 'content-type', 'x-repeated', 'accept-language', 'cookie', 'authorization', 'if-none-match']
  const fields = told.map((field) => `${field}: ${headers[field]}`).join('\n')
  return `${name} ${method} ${url}\n${fields}\n${body.length} ${createHash('sha256').update(body).digest('hex')}\n`
}

/** Sends a request on a connection of its own, always to the same host whatever the port. */
export async function sendShared(port: number, shared: SharedRequest): Promise<SharedAnswer> {
  const { method = 'GET', path, headers = {}, body, isChunked = false } = shared
  const length = body === undefined || isChunked ? {} : { 'content-length': Buffer.byteLength(body) }
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    agent: false,
    headers: { host: 'service.test', ...(headers as Record<string, string | string[]>), ...length },
  })
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject)
    outgoing.end(body)
  })
  return { status: response.statusCode as number, headers: response.headers, body: await readBody(response) }
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
