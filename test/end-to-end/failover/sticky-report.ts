import type { ActReport, Fault } from './act-report.ts'
import type { RequestRecord } from './request-record.ts'
import type { TargetStates } from './target-states.ts'

/** How clients kept to their targets. */
export interface StickyReport {
  /** Requests of clients that had a target. */
  readonly requests: number
  /** Of those, the ones that another target answered although their own was healthy all the while. */
  readonly strays: readonly RequestRecord[]
  /** The clients that a fault drove away from their targets, and how often. */
  readonly movesByClient: ReadonlyMap<number, number>
  /** The clients whose target had a fault. */
  readonly affectedClients: ReadonlySet<number>
}

/** Follows each client from one target to the next. */
export function reportStickiness({ records, faults }: ActReport, states: TargetStates): StickyReport {
  const targetOf = new Map<number, string>()
  const strays: RequestRecord[] = []
  const movesByClient = new Map<number, number>()
  const affectedClients = new Set<number>()
  let requests = 0
  for (const record of records) {
    const { client, upstream, sentMs, endedMs } = record
    if (upstream === undefined) continue
    const own = targetOf.get(client)
    targetOf.set(client, upstream)
    if (own === undefined) continue
    requests++
    const isHurt = faults.some((fault) => isDuring(fault, own, sentMs, endedMs))
    if (isHurt) affectedClients.add(client)
    if (upstream === own) continue
    if (isHurt || states.wasOut(own, sentMs, endedMs)) movesByClient.set(client, (movesByClient.get(client) ?? 0) + 1)
    else strays.push(record)
  }
  return { requests, strays, movesByClient, affectedClients }
}

function isDuring({ address, faultMs, returnedMs }: Fault, target: string, fromMs: number, toMs: number): boolean {
  return address === target && toMs >= faultMs && fromMs <= returnedMs
}
