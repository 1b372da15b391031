import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '../support/seeded-random.ts'
import { StartedProxy } from '../support/started-proxy.ts'
import { ClientTally } from './client-tally.ts'
import { proxyScript } from './proxy-script.ts'
import { SoakClient } from './soak-client.ts'
import type { SoakReport } from './soak-report.ts'
import { UpstreamProcess } from './upstream-process.ts'

const SERVICES = 3
/** A request without an answer for so long is lost. */
const MAX_WAIT_MS = 20_000
const CHECK_MS = 1000

export interface SoakOptions {
  readonly seed: number
  readonly requests: number
  /** Clients at a time. */
  readonly connections: number
  /** Of the proxy. @default 'info' */
  readonly logLevel?: 'info' | 'debug'
  /** Whether the proxy sends requests again at all: without it the soak fails, which shows what it finds. @default true */
  readonly resends?: boolean
  /** Called every so often with the number of requests so far. */
  readonly onProgress?: (requests: number) => void
}

/**
 * Sends requests through a proxy to an upstream that closes its idle connections at random, and checks each answer.
 * The seed says what is sent, and how often what happens; the order is the machine's.
 */
export async function runSoak({
  seed,
  requests,
  connections,
  logLevel = 'info',
  resends = true,
  onProgress,
}: SoakOptions): Promise<SoakReport> {
  const upstream = await UpstreamProcess.start(seed, requests, SERVICES)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-soak-'))
  try {
    const script = join(folder, 'soak.js')
    await writeFile(script, proxyScript(upstream.ports, resends))
    const proxy = await StartedProxy.start(script, { logLevel })
    const { port } = proxy
    try {
      const startMs = performance.now()
      const tally = await sendAll({ port, seed, requests, connections, onProgress })
      const seconds = (performance.now() - startMs) / 1000
      const counters = await upstream.counters()
      const proxyExit = proxy.isRunning ? await proxy.stop() : 'ended by itself'
      return { seed, requests, connections, seconds, tally, upstream: counters, proxyExit, proxyOutput: proxy.output }
    } finally {
      await proxy.stop()
    }
  } finally {
    await upstream.stop()
    await rm(folder, { recursive: true })
  }
}

interface Load {
  readonly port: number
  readonly seed: number
  readonly requests: number
  readonly connections: number
  readonly onProgress: ((requests: number) => void) | undefined
}

async function sendAll({ port, seed, requests, connections, onProgress }: Load): Promise<ClientTally> {
  const tally = new ClientTally()
  const random = seededRandom(seed + 1)
  let sent = 0
  let working = Math.min(connections, requests)
  await new Promise<void>((resolve) => {
    const clients = Array.from(
      { length: working },
      () =>
        new SoakClient({
          port,
          seed,
          random,
          tally,
          nextId: () => (sent < requests ? sent++ : undefined),
          onDone: () => {
            if (--working > 0) return
            clearInterval(checks)
            resolve()
          },
        }),
    )
    const checks = setInterval(() => {
      const nowMs = performance.now()
      for (const client of clients) client.checkWait(nowMs, MAX_WAIT_MS)
      onProgress?.(sent)
    }, CHECK_MS)
    for (const client of clients) client.start()
  })
  return tally
}
