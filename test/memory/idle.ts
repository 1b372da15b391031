import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { MeasuredProxy } from './measured-proxy.ts'
import { poolScript, sharedScript } from './pool-script.ts'
import { listen, openSocket } from './sockets.ts'
import { type MemorySettings, showMegabytes, type Work, type WorkResult } from './work.ts'

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
/** Of what a client costs beyond the first tenth of them. */
const MAX_BYTES_PER_CLIENT = 20_000
const AT_ONCE = 200

/** Clients that have asked for something once and stay. */
export const idle: Work = {
  name: 'idle',
  run: async (settings) => {
    const count = settings.isFull ? 10_000 : settings.isTiny === true ? 100 : 1_000
    const shared = await measure(settings, sharedScript, count)
    // Twice the sockets: each client holds an upstream connection.
    const pooled = await measure(settings, poolScript, count / 4)
    return describe(count, shared, pooled)
  },
}

interface Cost {
  readonly emptyBytes: number
  readonly fullBytes: number
  readonly bytesPerClient: number
}

async function measure(
  { nodeFile }: MemorySettings,
  describeProxy: (port: number) => string,
  count: number,
): Promise<Cost> {
  const upstream = createServer((_, answer) => answer.end('hello'))
  upstream.keepAliveTimeout = 0
  const proxy = await MeasuredProxy.start(describeProxy(await listen(upstream)), nodeFile)
  const clients: Socket[] = []
  try {
    const emptyBytes = proxy.residentBytes
    await open(proxy.port, count / 10, clients)
    const firstBytes = proxy.residentBytes
    await open(proxy.port, count - count / 10, clients)
    const fullBytes = proxy.residentBytes
    return { emptyBytes, fullBytes, bytesPerClient: Math.round((fullBytes - firstBytes) / (count - count / 10)) }
  } finally {
    for (const client of clients) client.destroy()
    await proxy.stop()
    upstream.closeAllConnections()
    upstream.close()
  }
}

async function open(port: number, count: number, clients: Socket[]): Promise<void> {
  for (let done = 0; done < count; done += AT_ONCE) {
    const opening = Array.from({ length: Math.min(AT_ONCE, count - done) }, async (_, i) => {
      // An address has 28,000 ports of its own, and each of them may still be waiting after an earlier run.
      const socket = await openSocket(port, `127.0.0.${2 + ((done + i) % 50)}`)
      socket.write(REQUEST)
      await once(socket, 'data')
      clients.push(socket)
    })
    await Promise.all(opening)
  }
}

function describe(count: number, shared: Cost, pooled: Cost): WorkResult {
  const show = ({ emptyBytes, fullBytes, bytesPerClient }: Cost): string =>
    `${showMegabytes(emptyBytes)} to ${showMegabytes(fullBytes)}, ${bytesPerClient.toLocaleString('en')} bytes each beyond the first tenth`
  return {
    text:
      `${count.toLocaleString('en')} idle clients: ${show(shared)} (at most ${MAX_BYTES_PER_CLIENT.toLocaleString('en')}); ` +
      `${(count / 4).toLocaleString('en')} that each hold an upstream connection: ${show(pooled)}`,
    // Few clients are lost in what the process takes and gives back by itself.
    isWithinBounds: count < 1_000 || shared.bytesPerClient <= MAX_BYTES_PER_CLIENT,
    figures: { count, bytesPerClient: shared.bytesPerClient, bytesPerPooledClient: pooled.bytesPerClient },
  }
}
