import type { Scenario, Stage } from './scenario.ts'
import type { SimulatedTarget } from './simulated-target.ts'

const RESTART_BATCHES = 20
/** How long a target that is started again is away. */
const AWAY_MS = 1_000
/** After that it is slow for a while: its caches are empty. */
const COLD_MS = 2_000
const COLD_SLOWNESS = 3
const FLAP_MS = 2_000

/** All that the balancers are compared in. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'healthy',
    title: 'All is well',
    text: 'Nothing happens. What differs is chance, and how even the balancers are.',
    isGuardable: false,
    prepare: () => undefined,
  },
  {
    name: 'one-slow',
    title: 'One slow target',
    text: 'One target takes ten times as long as the others, all the time. It never says that anything is wrong.',
    prepare: ({ servers }) => {
      for (const server of servers.slice(0, 1)) server.slowness = 10
    },
  },
  {
    name: 'crashed',
    title: 'A tenth crashes',
    text: 'After a tenth of the time a tenth of the targets is gone for good: every other one refuses connections, the others answer nothing at all.',
    prepare: (world) => {
      world.at(0.1, () => {
        for (const [i, server] of world.servers.entries()) {
          if (i % 10 === 0) server.crash(i % 20 === 0 ? 'refusing' : 'silent')
        }
      })
    },
  },
  {
    name: 'rolling-restart',
    title: 'Rolling restart',
    text: 'All targets in turn, a twentieth at a time, are taken out of the service, finish what they have, are gone for a second, come back three times as slow for two seconds, and are put into the service again, with slow start.',
    isGuardable: false,
    prepare: (world) => restartInTurn(world, drainAndRestart),
  },
  {
    name: 'killed-in-turn',
    title: 'Rolling restart without notice',
    text: 'The same, but nobody takes them out: they are killed, and what they were working on is lost.',
    prepare: (world) =>
      restartInTurn(world, (_, servers) => {
        for (const server of servers) {
          server.crash('refusing')
          startLater(world, server)
        }
      }),
  },
  {
    name: 'brown-out',
    title: 'Correlated brown-out',
    text: 'From a quarter of the time to a half of it a third of the targets takes five times as long and answers 500 to every fifth request.',
    prepare: (world) => brownOut(world, 0.25, 0.5),
  },
  {
    name: 'flapping',
    title: 'Flapping targets',
    text: 'One target of a hundred is there for two seconds and gone for two, in turn, all the time.',
    prepare: (world) => {
      const count = Math.max(1, Math.round(world.servers.length / 100))
      for (const server of world.servers.slice(0, count)) flap(world, server)
    },
  },
  {
    name: 'hot-key',
    title: 'A hot key',
    text: 'Three times as many requests as one target can bear have the same key; only keyed balancers go by it, and one more is shown to compare.',
    isGuardable: false,
    balancers: ['power-of-two', 'consistent-hash', 'maglev', 'rendezvous'],
    hotTargets: 3,
    prepare: () => undefined,
  },
]

/** A third of the targets is five times as slow and fails a fifth of the requests, between two shares of the time. */
export function brownOut(world: Stage, from: number, to: number): void {
  const third = world.servers.filter((_, i) => i % 3 === 0)
  world.at(from, () => {
    for (const server of third) Object.assign(server, { slowness: 5, failureShare: 0.2 })
  })
  world.at(to, () => {
    for (const server of third) Object.assign(server, { slowness: 1, failureShare: 0 })
  })
}

function restartInTurn(world: Stage, restart: (world: Stage, servers: readonly SimulatedTarget[]) => void): void {
  const batches = Math.min(RESTART_BATCHES, world.servers.length)
  const size = Math.ceil(world.servers.length / batches)
  for (let batch = 0; batch < batches; batch++) {
    const servers = world.servers.slice(batch * size, (batch + 1) * size)
    world.at(0.1 + (0.8 * batch) / batches, () => restart(world, servers))
  }
}

/** As whoever deploys with care does it: the service is told before, and the process ends when it has nothing to do. */
function drainAndRestart(world: Stage, servers: readonly SimulatedTarget[]): void {
  const { service } = world
  const leaving = new Set(servers.map(({ address }) => address))
  const unsubscribe = service.subscribe(({ target: { address }, to }) => {
    if (to !== 'removed' || !leaving.delete(address)) return
    if (leaving.size === 0) unsubscribe()
    const server = servers.find((one) => one.address === address)
    if (server === undefined) return
    server.crash('refusing')
    startLater(world, server, () => service.set([...addressesOf(world), address]))
  })
  service.set(addressesOf(world).filter((address) => !leaving.has(address)))
}

function addressesOf({ service }: Stage): string[] {
  return service.targets.map(({ address }) => address)
}

function startLater({ events }: Stage, server: SimulatedTarget, onStarted?: () => void): void {
  events.add(() => {
    server.start()
    server.slowness = COLD_SLOWNESS
    events.add(() => void (server.slowness = 1), COLD_MS)
    onStarted?.()
  }, AWAY_MS)
}

function flap(world: Stage, server: SimulatedTarget): void {
  world.events.add(() => {
    if (server.condition === 'up') server.crash('refusing')
    else server.start()
    flap(world, server)
  }, FLAP_MS)
}
