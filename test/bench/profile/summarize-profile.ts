/** What this reads of V8's .cpuprofile format. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
      readonly columnNumber: number
    }
  }[]
  /** The node that was running at each sample. */
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

/** A function and the part of the working time that it took itself, without those it called. */
export interface SelfTime {
  readonly name: string
  readonly place: string
  readonly share: number
}

/** Adds up self time by function, the most expensive first. Idle time does not count. */
export function summarizeProfile(profile: CpuProfile): SelfTime[] {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]))
  const times = new Map<string, { name: string; place: string; us: number }>()
  let totalUs = 0
  for (const [i, id] of profile.samples.entries()) {
    const frame = frames.get(id)
    if (frame === undefined || frame.functionName === '(idle)') continue
    const us = profile.timeDeltas[i] ?? 0
    const name = frame.functionName || '(anonymous)'
    // V8 counts lines from 0.
    const place = frame.url === '' ? '' : `${frame.url}:${frame.lineNumber + 1}`
    const key = `${name} ${place}`
    const entry = times.get(key) ?? { name, place, us: 0 }
    entry.us += us
    totalUs += us
    times.set(key, entry)
  }
  return [...times.values()]
    .sort((a, b) => b.us - a.us)
    .map(({ name, place, us }) => ({ name, place, share: us / totalUs }))
}

/** The same by the folder that a function lies in; what has no source is Node's own machinery. */
export function summarizeByFolder(times: readonly SelfTime[]): SelfTime[] {
  const shares = new Map<string, number>()
  for (const { name, place, share } of times) {
    const folder = place === '' ? name : place.startsWith('node:') ? 'node:' : place.replace(/\/[^/]*$/, '')
    shares.set(folder, (shares.get(folder) ?? 0) + share)
  }
  return [...shares].map(([name, share]) => ({ name, place: '', share })).sort((a, b) => b.share - a.share)
}
