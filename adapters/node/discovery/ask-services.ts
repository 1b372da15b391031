import type { RecordWithTtl, SrvRecord } from 'node:dns'
import type { Resolver } from 'node:dns/promises'
import type { TargetInit } from '../../../src/algorithms/service/target-init.ts'
import type { DnsAnswer } from './dns-answer.ts'
import { findRecords } from './find-records.ts'
import { formatAddress } from './format-address.ts'
import { isAbsence } from './is-absence.ts'

/** What a record of weight 0 gets, as a share of the least weight beside it: RFC 2782 asks for a very small chance. */
const ZERO_WEIGHT_SHARE = 0.01

/** Names that are looked up at once. */
const MAX_LOOKUPS = 16

/** One record with the addresses of the name that it leads to. */
interface Located {
  readonly record: SrvRecord
  readonly hosts: readonly string[]
}

/** The targets that SRV records lead to, with their priorities. */
export async function askServices(resolver: Resolver, name: string): Promise<DnsAnswer> {
  const records = await resolver.resolveSrv(name)
  // RFC 2782: the root as the only target says that the service is decidedly not there.
  const offered = records.filter((record) => record.name !== '' && record.name !== '.')
  if (offered.length === 0) {
    return { targets: [], ttlSeconds: Number.POSITIVE_INFINITY, note: 'the name says that there is no such service' }
  }
  const { located, ttlSeconds } = await locate(resolver, offered)
  const targets = toTargets(located)
  if (targets.length > 0) return { targets, ttlSeconds }
  return { targets, ttlSeconds, note: 'none of the names that its records lead to has an address' }
}

async function locate(
  resolver: Resolver,
  records: readonly SrvRecord[],
): Promise<{ located: Located[]; ttlSeconds: number }> {
  const names = [...new Set(records.map((record) => record.name))]
  const hostsByName = new Map<string, string[]>()
  let ttlSeconds = Number.POSITIVE_INFINITY
  const work = names.values()
  const lookUp = async (): Promise<void> => {
    for (const name of work) {
      const found = await findHosts(resolver, name)
      hostsByName.set(
        name,
        found.map(({ address }) => address),
      )
      ttlSeconds = Math.min(ttlSeconds, ...found.map(({ ttl }) => ttl))
    }
  }
  await Promise.all(Array.from({ length: Math.min(MAX_LOOKUPS, names.length) }, lookUp))
  return { located: records.map((record) => ({ record, hosts: hostsByName.get(record.name) ?? [] })), ttlSeconds }
}

/** Its A records, or AAAA where it has none: with both, a host of two families would be two targets. */
async function findHosts(resolver: Resolver, name: string): Promise<RecordWithTtl[]> {
  for (const type of ['A', 'AAAA'] as const) {
    try {
      return await findRecords(resolver, name, type)
    } catch (error) {
      // A name that leads nowhere is no target; a server that fails is no answer.
      if (!isAbsence(error)) throw error
    }
  }
  return []
}

function toTargets(located: readonly Located[]): TargetInit[] {
  const leastWeights = findLeastWeights(located)
  const targets = new Map<string, TargetInit>()
  // What two records lead to is of the lower priority.
  for (const { record, hosts } of located.toSorted((a, b) => a.record.priority - b.record.priority)) {
    const { priority, name, port } = record
    const least = leastWeights.get(priority)
    const zero = least === undefined ? 1 : least * ZERO_WEIGHT_SHARE
    const weight = (record.weight > 0 ? record.weight : zero) / hosts.length
    const metadata = { name, port: String(port) }
    for (const host of hosts) {
      const address = formatAddress(host, port)
      if (!targets.has(address)) targets.set(address, { address, weight, priority, metadata })
    }
  }
  return [...targets.values()]
}

/** The least weight above 0 of each priority that has one. */
function findLeastWeights(located: readonly Located[]): ReadonlyMap<number, number> {
  const least = new Map<number, number>()
  for (const { record } of located) {
    const { priority, weight } = record
    if (weight > 0) least.set(priority, Math.min(weight, least.get(priority) ?? weight))
  }
  return least
}
