import { idle } from '../../memory/idle.ts'
import type { NodeExecutable } from '../machine/executables.ts'

export interface IdleOptions {
  readonly nodes: readonly NodeExecutable[]
  /** How often it is measured, each time with a proxy of its own. */
  readonly count: number
  /** A tenth of the clients: quick, and the figures mean nothing. */
  readonly isSmoke: boolean
}

/** Resident bytes of the proxy for each client beyond the first tenth, one figure for each measurement. */
export interface IdleSeries {
  readonly node: NodeExecutable
  /** Of 10,000 clients that have asked once and stay; they share a few upstream connections. */
  readonly clientBytes: readonly number[]
  /** Of 2,500 that hold an upstream connection each, which is counted with them. */
  readonly pooledClientBytes: readonly number[]
}

/** Measures what a client costs that is connected and silent, by the work that `npm run memory` has for it. */
export async function measureIdle({ nodes, count, isSmoke }: IdleOptions): Promise<IdleSeries[]> {
  const series: (IdleSeries & { readonly clientBytes: number[]; readonly pooledClientBytes: number[] })[] = nodes.map(
    (node) => ({ node, clientBytes: [], pooledClientBytes: [] }),
  )
  for (let i = 0; i < count; i++) {
    for (const { node, clientBytes, pooledClientBytes } of series) {
      const { figures } = await idle.run({ isFull: !isSmoke, nodeFile: node.file })
      clientBytes.push(figures['residentBytesEach'] ?? Number.NaN)
      pooledClientBytes.push(figures['residentBytesEachPooled'] ?? Number.NaN)
    }
  }
  return series
}
