import type { RecordWithTtl } from 'node:dns'
import type { Resolver } from 'node:dns/promises'
import { isAbsence } from './is-absence.ts'

/**
 * The addresses of a name, of one or both families. That a name has none of one family says nothing when it has some of
 * the other.
 * @throws what node:dns throws: ENODATA or ENOTFOUND when there are none at all
 */
export async function findRecords(
  resolver: Resolver,
  name: string,
  type: 'A' | 'AAAA' | 'A+AAAA',
): Promise<RecordWithTtl[]> {
  if (type === 'A') return await resolver.resolve4(name, { ttl: true })
  if (type === 'AAAA') return await resolver.resolve6(name, { ttl: true })
  const [four, six] = await Promise.allSettled([
    resolver.resolve4(name, { ttl: true }),
    resolver.resolve6(name, { ttl: true }),
  ])
  // A family whose servers fail is unknown: half of the list must not pass for all of it.
  if (four.status === 'rejected' && (six.status === 'rejected' || !isAbsence(four.reason))) throw four.reason
  if (six.status === 'rejected' && !isAbsence(six.reason)) throw six.reason
  return [four, six].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
}
