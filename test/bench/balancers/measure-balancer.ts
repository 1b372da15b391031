import type { Balancer } from '../../../src/algorithms/balancers/balancer.ts'
import { median } from '../report/statistics.ts'
import { SimulatedService } from './simulated-service.ts'

/** What is known of one balancer, at each of the numbers of targets in the order of `targetCounts`. */
export interface BalancerFigures {
  readonly name: string
  /** How many times the mean share the largest one is. */
  readonly largestShares: readonly number[]
  /** Of all keys, in parts, those that move when one of 100 targets leaves. Undefined where keys do not count. */
  readonly moved: number | undefined
  readonly nanosecondsPerRequest: readonly number[]
  /** Of the first pick after the last of the numbers of targets became one less. */
  readonly changeMs: number
}

/** How much is done. */
export interface BalancerWork {
  readonly targetCounts: readonly number[]
  /** Requests that shares are taken from. */
  readonly requests: number
  /** Keys of which those that move are counted. */
  readonly keys: number
  readonly rounds: number
  readonly millisecondsPerRound: number
}

const LEAVE_COUNT = 100
/** So many of the targets leave in turn: by chance one has more keys than another. */
const LEAVERS = 10

/** Measures a balancer; each of its properties with balancers that are new. */
export function measureBalancer(create: () => Balancer, work: BalancerWork): BalancerFigures {
  const { name, isKeyed } = create()
  return {
    name,
    largestShares: work.targetCounts.map((count) => measureLargestShare(create(), count, work)),
    moved: isKeyed ? countMoved(create(), work) : undefined,
    nanosecondsPerRequest: work.targetCounts.map((count) => timeRequests(create(), count, work)),
    changeMs: timeChange(create, work.targetCounts.at(-1) ?? 1, work),
  }
}

function measureLargestShare(balancer: Balancer, targetCount: number, { requests }: BalancerWork): number {
  const service = new SimulatedService(balancer, targetCount)
  for (let i = 0; i < requests; i++) service.request(`key-${i}`)
  return Math.max(...service.targets.map(({ picks }) => picks)) / (requests / targetCount)
}

function countMoved(balancer: Balancer, { keys }: BalancerWork): number {
  const service = new SimulatedService(balancer, LEAVE_COUNT)
  const homes = (): string[] => Array.from({ length: keys }, (_, i) => service.pick(`key-${i}`).address)
  const before = homes()
  let moved = 0
  for (let i = 0; i < LEAVERS; i++) {
    balancer.update(service.targets.filter((_, index) => index !== i * (LEAVE_COUNT / LEAVERS)))
    const after = homes()
    moved += before.filter((home, key) => home !== after[key]).length
  }
  return moved / LEAVERS / keys
}

/** In nanoseconds of CPU time, the median of the rounds; keys and tables are known by then. */
function timeRequests(
  balancer: Balancer,
  targetCount: number,
  { keys, rounds, millisecondsPerRound }: BalancerWork,
): number {
  const service = new SimulatedService(balancer, targetCount)
  const names = Array.from({ length: keys }, (_, i) => `key-${i}`)
  for (const key of names) service.request(key)
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    let count = 0
    const start = cpuMilliseconds()
    let elapsed = 0
    while (elapsed < millisecondsPerRound) {
      for (const key of names) service.request(key)
      count += names.length
      elapsed = cpuMilliseconds() - start
    }
    times.push((elapsed * 1e6) / count)
  }
  return median(times)
}

function timeChange(create: () => Balancer, targetCount: number, { keys, rounds }: BalancerWork): number {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const balancer = create()
    const service = new SimulatedService(balancer, targetCount)
    for (let i = 0; i < keys; i++) service.request(`key-${i}`)
    const start = cpuMilliseconds()
    balancer.update(service.targets.slice(1))
    service.pick('key')
    times.push(cpuMilliseconds() - start)
  }
  return median(times)
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
