import type { TargetInit } from '../../../src/algorithms/service/target-init.ts'
import type { FoundTargets } from '../../../src/algorithms/service/target-source.ts'
import { ProxyError } from '../../../src/errors.ts'
import type { EndpointSlice, SliceEndpoint } from './endpoint-slice.ts'
import { formatAddress } from './format-address.ts'

/** In the order in which one is chosen when a service has several. */
const ADDRESS_TYPES = ['IPv4', 'IPv6', 'FQDN']

/**
 * Joins the slices of one service to targets. Endpoints that are ready are; when none is, those that end but still serve
 * are, as kube-proxy has it. An address in two slices counts once, and a service of two families by the first of them.
 * @param port its number or its name; undefined when each slice has one port only
 * @throws DISCOVERY_FAILED when the endpoints have no such port
 */
export function sliceTargets(slices: Iterable<EndpointSlice>, port: number | string | undefined): FoundTargets {
  const all = [...slices]
  const type = ADDRESS_TYPES.find((candidate) => all.some(({ addressType }) => addressType === candidate))
  const used = all.filter(({ addressType }) => addressType === type)
  const ready = new Map<string, TargetInit>()
  const ending = new Map<string, TargetInit>()
  let endpointCount = 0
  let reachedCount = 0
  for (const slice of used) {
    const endpoints = slice.endpoints ?? []
    endpointCount += endpoints.length
    const number = findPort(slice, port)
    if (number === undefined) continue
    reachedCount += endpoints.length
    for (const endpoint of endpoints) sort(endpoint, number, ready, ending)
  }
  if (reachedCount === 0 && endpointCount > 0) throw noSuchPort(used, port)
  const targets = [...(ready.size > 0 ? ready : ending).values()]
  if (targets.length > 0) return { targets }
  const note = endpointCount === 0 ? 'the service has no endpoints' : `none of ${endpointCount} endpoints is ready`
  return { targets, note }
}

function sort(
  { addresses, conditions, nodeName, zone, targetRef }: SliceEndpoint,
  port: number,
  ready: Map<string, TargetInit>,
  ending: Map<string, TargetInit>,
): void {
  const [host] = addresses
  if (host === undefined) return
  const isReady = conditions?.ready ?? true
  const isServing = conditions?.serving ?? isReady
  const isEnding = conditions?.terminating ?? false
  const group = isReady ? ready : isServing && isEnding ? ending : undefined
  if (group === undefined) return
  const address = formatAddress(host, port)
  const metadata = Object.entries({ pod: targetRef?.name, node: nodeName, zone }).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  )
  group.set(address, metadata.length === 0 ? address : { address, metadata: Object.fromEntries(metadata) })
}

function findPort({ ports }: EndpointSlice, port: number | string | undefined): number | undefined {
  const known = ports ?? []
  // Without ports of its own a slice stands for all of them.
  if (known.length === 0) return typeof port === 'number' ? port : undefined
  if (port === undefined) return known.length === 1 ? (known[0]?.port ?? undefined) : undefined
  const found = known.find((candidate) => (typeof port === 'number' ? candidate.port : candidate.name) === port)
  return found?.port ?? undefined
}

function noSuchPort(slices: readonly EndpointSlice[], port: number | string | undefined): ProxyError {
  const known = slices
    .flatMap(({ ports }) => ports ?? [])
    .map(({ name, port }) => (name ? `${name} (${port})` : `${port}`))
  const names = known.length === 0 ? 'none' : [...new Set(known)].join(', ')
  const state = port === undefined ? 'no port was chosen' : `they have no port ${JSON.stringify(port)}`
  return new ProxyError('DISCOVERY_FAILED', `Cannot use the endpoints: ${state}, and their ports are ${names}`)
}
