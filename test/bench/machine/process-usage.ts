import { readdirSync, readFileSync } from 'node:fs'

/** What a process and those it started have used so far. */
export interface ProcessUsage {
  readonly cpuSeconds: number
  /** The highest resident memory (VmHWM) of each process, added up; pages that processes share count more than once. */
  readonly peakMemoryBytes: number
}

/** Clock ticks per second in /proc: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** One line of /proc/PID/stat. */
export interface ProcessStat {
  readonly parentId: number
  /** User and system time, its own and that of children that have ended. */
  readonly cpuSeconds: number
}

/** Reads /proc/PID/stat: see proc(5). The name in parentheses may contain anything, so fields count from the last one. */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // `fields[0]` is proc(5)'s field 3: parent is 4, utime 14, stime 15, cutime 16, cstime 17.
  const ticks = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0)
  return { parentId: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND }
}

/** Adds up the usage of a process, its threads, and every process that descends from it. */
export function readProcessUsage(id: number): ProcessUsage {
  const stats = readStats()
  const family = [id]
  // The array grows while it is walked: the children's children follow.
  for (const parent of family) {
    for (const [child, stat] of stats) if (stat.parentId === parent) family.push(child)
  }
  let cpuSeconds = 0
  let peakMemoryBytes = 0
  for (const member of family) {
    cpuSeconds += stats.get(member)?.cpuSeconds ?? 0
    peakMemoryBytes += readPeakMemory(member)
  }
  return { cpuSeconds, peakMemoryBytes }
}

function readStats(): Map<number, ProcessStat> {
  const stats = new Map<number, ProcessStat>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const text = readIfThere(`/proc/${name}/stat`)
    if (text !== undefined) stats.set(Number(name), parseProcessStat(text))
  }
  return stats
}

function readPeakMemory(id: number): number {
  const text = readIfThere(`/proc/${id}/status`) ?? ''
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024
}

/** Processes end while their folder is read: that is no error. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
