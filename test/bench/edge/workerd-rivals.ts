import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { THIS_TREE } from '../machine/build-tree.ts'
import type { Command } from '../machine/running-process.ts'
import type { Place } from '../rivals/rival.ts'
import { bareFetch } from './bare-fetch.ts'
import { bundleSocketWorker } from './bundle-socket-worker.ts'
import { bundleWorker } from './bundle-worker.ts'
import type { EdgeRival } from './edge-rival.ts'
import { readWorkerSettings } from './read-worker-settings.ts'
import { type WorkerdOptions, workerdConfig } from './workerd-config.ts'

const WORKERD = join(THIS_TREE, 'node_modules', '.bin', 'workerd')

/** Example 03 as a Worker, and how it reaches its upstreams. */
interface WorkerKind {
  readonly name: string
  readonly title: string
  /** What stands in front of the upstreams' addresses in ROUTES. */
  readonly scheme: '' | 'http://' | 'tcp://'
  /** Durable Objects by the name of their binding. @default none */
  readonly durableObjects?: WorkerdOptions['durableObjects']
  readonly goalTitle?: string
}

const KINDS: readonly WorkerKind[] = [
  {
    name: 'worker',
    title: 'sluice, targets of fetch',
    scheme: 'http://',
    goalTitle: 'Worker, small GET, targets of fetch',
  },
  { name: 'worker-sockets', title: 'sluice, a socket for each request', scheme: 'tcp://' },
  {
    name: 'worker-pool',
    title: 'sluice, sockets of a Durable Object',
    scheme: 'tcp://',
    durableObjects: { SLUICE_POOL: 'SluicePool' },
  },
]

/** Proxies in workerd by itself: not under `wrangler dev`, which takes several times as long for each request. */
export function workerdRivals(version: string): EdgeRival[] {
  const settings = readWorkerSettings(join(THIS_TREE, 'wrangler.toml'))
  const serve = ({ folder, port }: Place, code: string, options: Partial<WorkerdOptions> = {}): Command => {
    writeFileSync(join(folder, 'worker.js'), code)
    writeFileSync(join(folder, 'worker.capnp'), workerdConfig({ ...settings, ...options, port }))
    return { file: WORKERD, arguments: ['serve', 'worker.capnp'] }
  }
  const bare: EdgeRival = {
    name: 'workerd',
    title: `workerd ${version}, bare fetch`,
    runtime: 'workerd',
    isBare: true,
    isJavaScript: true,
    lacks: ['forwards the Host header', 'forwards header names as they came'],
    prepare: (place) => serve(place, bareFetch(place.upstreamPorts, 'export default { fetch: forward }')),
  }
  let fetchCode: string | undefined
  let socketCode: string | undefined
  const own = KINDS.map(
    ({ name, title, scheme, durableObjects = {}, goalTitle }): EdgeRival => ({
      name,
      title,
      runtime: 'workerd',
      isBare: false,
      isJavaScript: true,
      // fetch sets its own Host, and a Request has all names in lower case.
      lacks: [
        'forwards header names as they came',
        ...(scheme === 'http://' ? (['forwards the Host header'] as const) : []),
      ],
      ...(goalTitle !== undefined && { goalTitle }),
      prepare: (place) => {
        const [first, second] = place.upstreamPorts.map((port) => `${scheme}127.0.0.1:${port}`)
        const routes = JSON.stringify({ '/*': first, '/hi/*': second })
        const code = scheme === 'http://' ? (fetchCode ??= bundleWorker().code) : (socketCode ??= bundleSocketWorker())
        return serve(place, code, { variables: { ROUTES: routes }, durableObjects })
      },
    }),
  )
  return [bare, ...own]
}
