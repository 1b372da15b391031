import { expect, test } from 'vitest'
import { createHealthCheck } from '../../../src/algorithms/service/create-health-check.ts'
import { DispatchConnection } from '../../../src/fetch/dispatch-connection.ts'
import type { SendRequest } from '../../../src/fetch/dispatcher.ts'
import { DispatcherPool } from '../../../src/fetch/dispatcher-pool.ts'
import { probeTarget } from '../../../src/filters/health-check/probe-target.ts'
import { http1 } from '../../../src/http/http1.ts'
import { MemoryTransport } from '../../support/memory-transport.ts'

/** A transport whose upstreams are reached by fetch, as at the edge. */
class FetchTransport extends MemoryTransport {
  readonly takesMessages = true
  readonly protocols: (string | undefined)[] = []
  readonly #send: SendRequest

  constructor(send: SendRequest) {
    super()
    this.#send = send
  }

  override connect(...[address, { protocol }]: Parameters<MemoryTransport['connect']>): DispatchConnection {
    this.protocols.push(protocol)
    const origin = `http://${address.host}:${address.port}`
    return new DispatchConnection({
      target: { name: origin, kind: 'fetch', origin, send: this.#send },
      pool: new DispatcherPool({ now: () => 0 }),
      random: () => 0.5,
      setTimer: (callback, delayMs) => this.setTimer(callback, delayMs),
      info: { remoteAddress: address.host, remotePort: address.port, localAddress: '', localPort: 0 },
    })
  }
}

function probe(send: SendRequest): Promise<void> {
  const check = createHealthCheck({ type: 'http', path: '/health' })
  return probeTarget(
    { transport: new FetchTransport(send), http1 },
    'up.test:8080',
    check,
    new AbortController().signal,
  )
}

test('a check by messages sends a fetch and looks at the status of its answer', async () => {
  const urls: string[] = []
  await probe(async (request) => {
    urls.push(`${request.method} ${request.url}`)
    return new Response('ok')
  })
  expect(urls).toEqual(['GET http://up.test:8080/health'])
  await expect(probe(async () => new Response('no', { status: 500 }))).rejects.toThrow('it answered 500')
})

test('a check by messages fails when the fetch does', async () => {
  await expect(probe(() => Promise.reject(new Error('refused')))).rejects.toMatchObject({ source: 'upstream' })
})
