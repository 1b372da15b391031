import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { MeasuredProxy } from './measured-proxy.ts'
import { poolScript, sharedScript } from './pool-script.ts'
import { listen, openSocket } from './sockets.ts'
import { type MemorySettings, showMegabytes, type Work, type WorkResult } from './work.ts'

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
/** What a client may cost beyond the first tenth of them, once garbage is collected. */
const MAX_LIVE_BYTES = 8_000
/** The same of resident memory; of few clients it tells what the process takes and gives back by itself. */
const MAX_RESIDENT_BYTES = 20_000
const MIN_RESIDENT_COUNT = 10_000
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
  readonly residentEach: number
  readonly liveEach: number
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
    const filesBefore = proxy.openFiles
    const emptyBytes = proxy.residentBytes
    await open(proxy.port, count / 10, clients)
    const firstBytes = proxy.residentBytes
    const firstLiveBytes = await proxy.liveBytes()
    await open(proxy.port, count - count / 10, clients)
    const fullBytes = proxy.residentBytes
    const opened = proxy.openFiles - filesBefore
    if (opened < count) throw new Error(`Cannot measure ${count} idle clients: the proxy has ${opened} of them`)
    const more = count - count / 10
    const liveEach = Math.round(((await proxy.liveBytes()) - firstLiveBytes) / more)
    return { emptyBytes, fullBytes, residentEach: Math.round((fullBytes - firstBytes) / more), liveEach }
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
  const show = ({ emptyBytes, fullBytes, residentEach, liveEach }: Cost): string =>
    `${showMegabytes(emptyBytes)} to ${showMegabytes(fullBytes)} resident, beyond the first tenth ` +
    `${residentEach.toLocaleString('en')} bytes each, and ${liveEach.toLocaleString('en')} in use`
  return {
    text:
      `${count.toLocaleString('en')} idle clients: ${show(shared)} (at most ${MAX_RESIDENT_BYTES.toLocaleString('en')} and ` +
      `${MAX_LIVE_BYTES.toLocaleString('en')}); ${(count / 4).toLocaleString('en')} that each hold an upstream connection: ` +
      show(pooled),
    isWithinBounds:
      shared.liveEach <= MAX_LIVE_BYTES && (count < MIN_RESIDENT_COUNT || shared.residentEach <= MAX_RESIDENT_BYTES),
    figures: {
      count,
      residentBytesEach: shared.residentEach,
      liveBytesEach: shared.liveEach,
      residentBytesEachPooled: pooled.residentEach,
      liveBytesEachPooled: pooled.liveEach,
    },
  }
}
