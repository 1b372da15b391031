import type { SliceEndpoint, SlicePort } from '../../../../adapters/node/discovery/endpoint-slice.ts'
import type { StoredSlice } from '../../../support/kubernetes-api.ts'

/** A slice of the service `web`; an endpoint may be its address alone. */
export function createSlice(
  name: string,
  endpoints: readonly (SliceEndpoint | string)[],
  ports: readonly SlicePort[] | null = [{ name: 'http', port: 8080 }],
  addressType = 'IPv4',
): StoredSlice {
  return {
    metadata: { name, labels: { 'kubernetes.io/service-name': 'web' } },
    addressType,
    ports,
    endpoints: endpoints.map((endpoint) => (typeof endpoint === 'string' ? { addresses: [endpoint] } : endpoint)),
  }
}
