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

/** The targets that SRV records lead to: those of the lowest priority that has addresses. */
export async function askServices(resolver: Resolver, name: string): Promise<DnsAnswer> {
  const records = await resolver.resolveSrv(name)
  // RFC 2782: the root as the only target says that the service is decidedly not there.
  const offered = records.filter((record) => record.name !== '' && record.name !== '.')
  if (offered.length === 0) {
    return { targets: [], ttlSeconds: Number.POSITIVE_INFINITY, note: 'the name says that there is no such service' }
  }
  let ttlSeconds = Number.POSITIVE_INFINITY
  for (const priority of [...new Set(offered.map((record) => record.priority))].sort((a, b) => a - b)) {
    const group = offered.filter((record) => record.priority === priority)
    const found = await locate(resolver, group)
    ttlSeconds = Math.min(ttlSeconds, found.ttlSeconds)
    const targets = toTargets(found.located)
    if (targets.length > 0) return { targets, ttlSeconds }
  }
  return { targets: [], ttlSeconds, note: 'none of the names that its records lead to has an address' }
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
  const positive = located.map(({ record }) => record.weight).filter((weight) => weight > 0)
  const zero = positive.length === 0 ? 1 : Math.min(...positive) * ZERO_WEIGHT_SHARE
  const targets = new Map<string, TargetInit>()
  for (const { record, hosts } of located) {
    const weight = (record.weight > 0 ? record.weight : zero) / hosts.length
    const metadata = { priority: String(record.priority), name: record.name, port: String(record.port) }
    for (const host of hosts) {
      const address = formatAddress(host, record.port)
      if (!targets.has(address)) targets.set(address, { address, weight, metadata })
    }
  }
  return [...targets.values()]
}
