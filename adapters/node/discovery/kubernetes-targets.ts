import type { FindTargets, TargetUpdate } from '../../../src/algorithms/service/target-source.ts'
import { ProxyError } from '../../../src/errors.ts'
import { nodeClock } from '../node-clock.ts'
import { type ClusterAccessOptions, findClusterAccess } from './cluster-access.ts'
import type { DiscoveryClock } from './discovery-clock.ts'
import { LatestEvent } from './latest-event.ts'
import { SliceWatch } from './slice-watch.ts'
import { sliceTargets } from './slice-targets.ts'

export interface KubernetesTargetsOptions extends ClusterAccessOptions {
  /** The Service whose endpoints are the targets. It may be headless. */
  readonly service: string
  /** A port of the pods, by its number or by the name that the Service gives it. @default the only one there is */
  readonly port?: number | string
  /** @default the process's own */
  readonly clock?: DiscoveryClock
}

/** Between two watches of which the first told nothing. */
const QUIET_PAUSE_MS = 1_000

/**
 * Targets from the EndpointSlices of a Kubernetes Service (discovery.k8s.io/v1): listed, then watched. Endpoints that are
 * ready are the targets, straight to the pods; when none is, those that are ending but still serve. `metadata` has `pod`,
 * `node` and `zone`. The account needs the verbs list and watch for `endpointslices`.
 * @throws INVALID_ARGUMENT for options that do not fit; the source itself throws DISCOVERY_FAILED
 */
export function kubernetesTargets(options: KubernetesTargetsOptions): FindTargets & { description: string } {
  const { service, port, clock = nodeClock } = options
  if (typeof service !== 'string' || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(service)) {
    throw refuse(`service is "${String(service)}", expected the name of a Service`)
  }
  const isNumber = typeof port === 'number' && Number.isInteger(port) && port > 0 && port <= 65_535
  if (port !== undefined && !isNumber && (typeof port !== 'string' || port === '' || /^\d+$/.test(port))) {
    throw refuse(`port is ${JSON.stringify(port)}, expected a number from 1 to 65535, or a port's name`)
  }
  const access = findClusterAccess(options)

  async function* find(signal: AbortSignal): AsyncGenerator<TargetUpdate> {
    const watch = new SliceWatch(access, service, clock, signal)
    const found = (): TargetUpdate => targetsOrError(watch, port)
    const pause = new LatestEvent()
    for (let lists = 1; !signal.aborted; lists++) {
      await watch.list()
      yield found()
      for (let end: string = 'ended'; end !== 'gone' && !signal.aborted; ) {
        const changes = watch.watch()
        try {
          let change = await changes.next()
          for (; change.done !== true; change = await changes.next()) yield found()
          end = change.value
        } finally {
          await changes.return('ended')
        }
        if (end !== 'gone') lists = 0
        // A server that ends each watch at once, or forgets each version at once, is not asked in a circle.
        if (end === 'quiet' || (end === 'gone' && lists > 1)) await pause.wait(clock, QUIET_PAUSE_MS, signal)
      }
    }
  }
  const { namespace } = options
  const place = namespace === undefined ? service : `${namespace}/${service}`
  return Object.assign(find, { description: `Kubernetes service "${place}"` })
}

function targetsOrError(watch: SliceWatch, port: number | string | undefined): TargetUpdate {
  try {
    return sliceTargets(watch.slices, port)
  } catch (error) {
    return error as Error
  }
}

function refuse(state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot find targets in Kubernetes: ${state}`)
}
