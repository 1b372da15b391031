import type { Resolver } from 'node:dns/promises'
import type { DnsAnswer } from './dns-answer.ts'
import { findRecords } from './find-records.ts'
import { formatAddress } from './format-address.ts'

/** The targets that A and AAAA records name, all with one port. */
export async function askAddresses(
  resolver: Resolver,
  name: string,
  type: 'A' | 'AAAA' | 'A+AAAA',
  port: number,
): Promise<DnsAnswer> {
  const records = await findRecords(resolver, name, type)
  const addresses = new Set(records.map(({ address }) => formatAddress(address, port)))
  return { targets: [...addresses], ttlSeconds: Math.min(...records.map(({ ttl }) => ttl)) }
}
