import type { Rival } from '../rivals/rival.ts'

/** Where a proxy is measured beside a bare fetch of the same runtime. */
export type EdgeRuntime = 'workerd' | 'Deno' | 'Bun'

/** A proxy on a runtime that is no Node. */
export interface EdgeRival extends Rival {
  readonly runtime: EdgeRuntime
  /** The least that the runtime can do: its fetch, and nothing of Sluice. The others of the runtime are compared with it. */
  readonly isBare: boolean
  /** The row of the goals for it. @default none: it is told beside */
  readonly goalTitle?: string
}
