import type { WorkerCounts } from './messages.ts'

/** A worker, as it is told to the user. */
export interface WorkerState {
  readonly number: number
  /** Undefined while it waits for its next start. */
  readonly pid: number | undefined
  readonly restartCount: number
  /** Undefined when it does not serve, or did not answer in time. */
  readonly counts: WorkerCounts | undefined
}

/**
 * A line for each worker and one for all of them. Connections are counted by each worker since its own start: those of a
 * worker that has died are not in the sum.
 */
export function describeWorkers(states: readonly WorkerState[]): string {
  const lines = states.map((state) => `Worker ${state.number}: ${describeState(state)}`)
  const counts = states.flatMap((state) => state.counts ?? [])
  const sum = (value: (counts: WorkerCounts) => number): number => counts.reduce((all, each) => all + value(each), 0)
  const restarts = states.reduce((all, { restartCount }) => all + restartCount, 0)
  const connections = describeConnections({
    openCount: sum(({ openCount }) => openCount),
    acceptedCount: sum(({ acceptedCount }) => acceptedCount),
  })
  lines.push(`All workers: ${counts.length} of ${states.length} serve, ${restarts} restarts, ${connections}`)
  return lines.join('\n')
}

function describeState({ pid, restartCount, counts }: WorkerState): string {
  const place = pid === undefined ? 'not running' : `pid ${pid}`
  const connections = counts === undefined ? 'no answer' : describeConnections(counts)
  return `${place}, ${restartCount} restarts, ${pid === undefined ? 'waits to be started again' : connections}`
}

function describeConnections({ openCount, acceptedCount }: WorkerCounts): string {
  return `${openCount} connections open of ${acceptedCount} accepted`
}
