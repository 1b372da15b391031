import { readFileSync } from 'node:fs'
import { findExecutable } from './executables.ts'

/** Which core does what. Undefined pins nothing. */
export interface Cores {
  readonly proxy: number
  /** The load generator and the upstream share this one: together they need less than half of what a proxy needs. */
  readonly load: number
}

/** Reads a kernel's list of cores: `0-2,5` is 0, 1, 2 and 5. */
export function parseCoreList(text: string): number[] {
  return text.split(',').flatMap((range) => {
    const [, first, last = first] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(range) ?? []
    if (first === undefined || last === undefined) return []
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i)
  })
}

/** The first two cores this process may use, or the reason why nothing can be pinned. */
export function chooseCores(): Cores | string {
  if (findExecutable('taskset') === undefined) return 'taskset is missing (apt-get install -y util-linux)'
  const allowed = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  const [proxy, load] = parseCoreList(allowed)
  if (proxy === undefined || load === undefined) return 'this machine gives fewer than two cores'
  return { proxy, load }
}
