import { cpus, loadavg, release } from 'node:os'

/** One line that says where figures come from. */
export function describeMachine(): string {
  const processors = cpus()
  const load = (loadavg()[0] ?? 0).toFixed(2)
  return `${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores, Linux ${release()}, load ${load}`
}
