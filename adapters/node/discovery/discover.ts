import type { FollowingService } from '../../../src/algorithms/service/follow-targets.ts'
import type { TargetSource } from '../../../src/algorithms/service/target-source.ts'
import type { DiscoveringService, Discovery, DiscoveryOptions, TargetOrigin } from '../../../src/discovery.ts'
import { dnsTargets, type DnsTargetsOptions } from './dns-targets.ts'
import { fileTargets, type FileTargetsOptions } from './file-targets.ts'
import { followTargets } from './follow-targets.ts'

/**
 * Keeps a service's targets as an origin says, with the sources of this folder.
 * @throws INVALID_ARGUMENT for an origin that is none
 */
export function discover(service: DiscoveringService, origin: TargetOrigin, options: DiscoveryOptions): Discovery {
  const stop = followTargets(service as FollowingService, createSource(origin), options)
  return { first: stop.first, stop }
}

function createSource(origin: TargetOrigin): TargetSource {
  if (origin.kind === 'file') {
    const { settleMs, pollIntervalMs } = origin
    return fileTargets(origin.path, withoutUndefined<FileTargetsOptions>({ settleMs, pollIntervalMs }))
  }
  const { name, servers, timeoutMs, tries, minIntervalMs, maxIntervalMs } = origin
  const questions = { servers, timeoutMs, tries, minIntervalMs, maxIntervalMs }
  if (origin.kind === 'services') {
    // What is said of the longest wait is said of SRV records.
    return dnsTargets(name, withoutUndefined<DnsTargetsOptions>({ ...questions, serviceIntervalMs: maxIntervalMs }))
  }
  const { port, type } = origin
  return dnsTargets(name, withoutUndefined<DnsTargetsOptions>({ ...questions, port, type }))
}

/** The sources know options that are absent, and none that are undefined. */
function withoutUndefined<T extends object>(options: { readonly [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}
