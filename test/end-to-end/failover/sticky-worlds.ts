import type { FailoverWorldOptions } from './failover-world.ts'
import { quickService } from './quick-service.ts'

/** Ways to stick. */
export type StickyBy = 'cookie' | 'connection' | 'session checkout'

/** A target that is only slow keeps its clients. */
const patient = quickService(5000)

/** Proxies that stick, by how they do. */
export const STICKY_WORLDS: Readonly<Record<StickyBy, FailoverWorldOptions>> = {
  cookie: { service: { ...patient, sticky: { by: 'cookie', secrets: ['a secret for a test only'] } } },
  connection: { service: { ...patient, sticky: { by: 'connection' } } },
  'session checkout': { service: patient, checkout: 'session' },
}
