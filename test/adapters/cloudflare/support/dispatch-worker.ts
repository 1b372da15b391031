/** A Worker whose requests say themselves where they go, and that tells what it has counted. */
import { type Connection, pipy, type Transport } from 'sluice'
import { CloudflareTransport } from '../../../../adapters/cloudflare/cloudflare-transport.ts'
import { sockets } from '../../../../adapters/cloudflare/sockets.ts'
import { workersRuntime } from '../../../../adapters/cloudflare/workers-runtime.ts'
import { DispatcherPool } from '../../../../src/fetch/dispatcher-pool.ts'
import { fetchHandler } from '../../../../src/fetch/fetch-handler.ts'

const CONNECT = { connectTimeoutMs: 1000, keepAlive: true, noDelay: true, protocol: 'http' } as const

const dispatchers = new DispatcherPool({ now: () => performance.now() })

const proxy = pipy({ target: '' })
  .listen(80)
  .demuxHTTP('route')
  .pipeline('route')
  .handleMessageStart(({ head }, $) => {
    const { 'x-target': target, 'x-method': method, 'x-host': host, ...headers } = head.headers
    $.target = String(target)
    head.headers = headers
    if (typeof method === 'string') head.method = method
    if (typeof host === 'string') head.headers.host = host
  })
  .muxHTTP('upstream', ($) => $.target)
  .pipeline('upstream')
  .connect(($) => $.target)

const log = {
  error: (message: string) => console.error(message),
  warn: (message: string) => console.warn(message),
  info: (message: string) => console.log(message),
  debug: () => undefined,
}

const handle = fetchHandler(proxy, {
  transport: new CloudflareTransport({ dispatcher: 'socket', sockets }),
  log,
  isIsolated: true,
  bytes: sockets.bytes,
  runtime: workersRuntime,
})

/** Bytes that look compressed, which nobody looks into. */
const COMPRESSED = Uint8Array.from({ length: 1000 }, (_, index) => (index * 31) & 255)

/** Another Worker, in the same file. */
export const Compressing = {
  fetch: (): Response =>
    new Response(COMPRESSED, { headers: { 'content-encoding': 'gzip' }, encodeBody: 'manual' } as ResponseInit),
}

export default {
  async fetch(request: Request, bindings: object, { exports }: { readonly exports: object }): Promise<Response> {
    const env = { ...bindings, COMPRESSING: (exports as { readonly Compressing: unknown }).Compressing }
    const { pathname, host } = new URL(request.url)
    if (pathname === '/_statistics') return Response.json(dispatchers.statistics())
    const dispatcher = request.headers.get('x-dispatcher') === 'socket' ? 'socket' : 'fetch'
    const transport = new CloudflareTransport({ dispatchers, dispatcher, env, clientHost: host, sockets })
    if (pathname === '/_many') return fetchMany(transport, request)
    try {
      return await handle(request, { transport })
    } catch (error) {
      return new Response(String(error), { status: 502 })
    }
  },
}

/** Sends as many requests at once as it is asked for, each on a connection of its own; answers with all their answers. */
async function fetchMany(transport: Transport, request: Request): Promise<Response> {
  const port = Number(request.headers.get('x-port'))
  const count = Number(request.headers.get('x-count'))
  const connections = Array.from({ length: count }, () => transport.connect({ host: '127.0.0.1', port }, CONNECT))
  return Response.json(
    await Promise.all(connections.map((connection, index) => ask(connection, `127.0.0.1:${port}`, index))),
  )
}

async function ask({ readable, writable }: Connection, host: string, index: number): Promise<string> {
  const writer = writable.getWriter()
  await writer.write(new TextEncoder().encode(`GET /${index} HTTP/1.1\r\nHost: ${host}\r\n\r\n`))
  await writer.close()
  return new Response(readable).text()
}
