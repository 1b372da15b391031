import { Service } from '../../../src/algorithms/service/service.ts'
import type { ServiceOptions } from '../../../src/algorithms/service/service-options.ts'
import type { Inbound } from '../../../src/engine/context.ts'
import { MessageStart } from '../../../src/events.ts'
import { openSticky } from '../../../src/filters/sticky/open-sticky.ts'
import type { Sticky } from '../../../src/filters/sticky/sticky.ts'
import { ManualRuntime } from '../../algorithms/service/manual-runtime.ts'

export interface OpenedSticky {
  readonly service: Service
  readonly sticky: Sticky
  readonly runtime: ManualRuntime
  /** A request from beginning to end. */
  request(
    headers?: Record<string, string>,
    client?: Inbound | null,
  ): Promise<{ address: string; cookie: string | undefined }>
  /** Makes a target unhealthy. */
  fail(address: string): void
}

/** A service with stickiness whose requests are answered at once. A target fails for a second after one bad request. */
export function openStickyService(options: Omit<ServiceOptions, 'health'>): OpenedSticky {
  const runtime = new ManualRuntime()
  const service = new Service({
    ...options,
    health: { passive: { maxFails: 1, failWindowMs: 1_000 }, panicThreshold: 0 },
  })
  service.attach(runtime)
  const sticky = openSticky(service, runtime)
  if (sticky === undefined) throw new Error('the service has no stickiness')
  return {
    service,
    sticky,
    runtime,
    async request(headers = {}, client = null) {
      const mark = await sticky.read(new MessageStart({ method: 'GET', path: '/', headers }), { __inbound: client })
      const target = mark.target ?? service.pick({ key: mark.key })
      if (target === undefined) throw new Error('no target')
      service.begin(target)
      service.end(target, { kind: 'answered', status: 200, latencyMs: 1 })
      return { address: target.address, cookie: sticky.stick(mark, target) }
    },
    fail(address) {
      const target = service.find(address)
      if (target === undefined) throw new Error(`no target ${address}`)
      service.begin(target)
      service.end(target, { kind: 'reset', latencyMs: 1 })
    },
  }
}

/** A client connection. */
export function client(remoteAddress: string): Inbound {
  return { id: 1, remoteAddress, remotePort: 1, localAddress: '127.0.0.1', localPort: 2 }
}
