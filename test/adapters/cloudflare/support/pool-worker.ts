/**
 * A Worker that sends a request to the target in its field X-Target, by way of the pool in X-Pool. Besides: POST /raw sends
 * the body's bytes as they are over a connection to the pool and answers with what came back, up to the text in X-Until;
 * /object hands the request to the object itself; /stats tells what the objects have counted.
 */
import { fetchHandler, pipy } from 'sluice'
import {
  CloudflareTransport,
  cloudflareTransport,
  PoolClient,
  type PoolNamespace,
  SluicePool as Pool,
  sockets,
} from 'sluice/cloudflare'

export class SluicePool extends Pool {
  override readonly options = { maxConnections: 4 }
}

export class TightPool extends Pool {
  override readonly options = { maxConnections: 1, maxQueue: 2, maxIdleMs: 200 }
}

const proxy = pipy({ target: '' })
  .listen(0)
  .demuxHTTP('request')
  .pipeline('request')
  .handleMessageStart(({ head }, $) => {
    $.target = String(head.headers?.['x-target'])
  })
  .muxHTTP('connection')
  .pipeline('connection')
  .connect(($) => $.target)

const log = { error: console.error, warn: console.warn, info: console.log, debug: () => undefined }
const handle = fetchHandler(proxy, { transport: cloudflareTransport, log, isIsolated: true, bytes: sockets.bytes })

interface Namespace extends PoolNamespace {
  get(id: unknown): ReturnType<PoolNamespace['get']> & { fetch(request: Request): Promise<Response> }
}

export default {
  async fetch(request: Request, env: Readonly<Record<string, Namespace>>): Promise<Response> {
    const namespace = env[request.headers.get('x-pool') ?? 'POOL'] as Namespace
    const objectsPerTarget = Number(request.headers.get('x-objects') ?? 1)
    const pool = new PoolClient(namespace, { objectsPerTarget })
    const target = request.headers.get('x-target') ?? ''
    switch (new URL(request.url).pathname) {
      case '/raw':
        return await exchangeRaw(request, pool, target)
      case '/object': {
        const name = request.headers.get('x-name') ?? 'one'
        return await namespace.get(namespace.idFromName(name)).fetch(request)
      }
      case '/stats':
        return Response.json(await pool.statistics())
      default: {
        const transport = new CloudflareTransport({
          openPooled: (address, options) => pool.connect(address, options),
          sockets,
        })
        return await handle(request, { transport })
      }
    }
  },
}

async function exchangeRaw(request: Request, pool: PoolClient, target: string): Promise<Response> {
  const [host = '', port] = target.split(':')
  const options = { connectTimeoutMs: 1000, keepAlive: true, noDelay: true }
  const connection = pool.connect({ host, port: Number(port) }, options)
  await connection.opened
  const writer = connection.writable.getWriter()
  const until = request.headers.get('x-until') ?? ''
  const reader = connection.readable.getReader()
  await writer.write(new Uint8Array(await request.arrayBuffer()))
  let received = ''
  while (!received.includes(until)) {
    const { value, done } = await reader.read()
    if (done) break
    for (const byte of value) received += String.fromCharCode(byte)
  }
  await writer.close()
  await reader.cancel()
  return new Response(Uint8Array.from(received, (character) => character.charCodeAt(0)))
}
