/** A thousand targets of which a tenth changes again and again: what it costs, and that nothing piles up. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { algo } from 'sluice'
import { dnsTargets, fileTargets, followTargets, kubernetesTargets } from 'sluice/node'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { TargetSource } from '../../../../src/algorithms/service/target-source.ts'
import { DnsServer } from '../../../support/dns-server.ts'
import { KubernetesApi } from '../../../support/kubernetes-api.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { createSlice } from './create-slice.ts'

vi.setConfig({ testTimeout: 60_000 })

const TARGETS = 1_000
const CHANGES = 30
/** Whoever changes all of it every second spends no more than a tenth of a core on it; both sides are in this process. */
const MAX_CPU_MS = 100
const MAX_GROWTH_BYTES = 4 * 1024 * 1024

interface World {
  readonly source: TargetSource
  set(hosts: readonly string[]): void
}

const WORLDS: Readonly<Record<string, () => Promise<World>>> = {
  'dnsTargets, over TCP': async () => {
    const server = await DnsServer.start()
    return {
      source: dnsTargets('web.example', { port: 80, servers: [server.address], minIntervalMs: 5 }),
      set: (hosts) =>
        server.set(
          'A',
          'web.example',
          hosts.map((address) => ({ address, ttl: 0 })),
        ),
    }
  },
  fileTargets: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-load-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'targets.yaml')
    return {
      source: fileTargets(file, { settleMs: 1, pollIntervalMs: 0 }),
      set: (hosts) => {
        writeFileSync(`${file}.new`, hosts.map((host) => `- ${host}:80\n`).join(''))
        renameSync(`${file}.new`, file)
      },
    }
  },
  kubernetesTargets: async () => {
    const api = await KubernetesApi.start()
    return {
      source: kubernetesTargets({ server: api.url, namespace: 'shop', service: 'web' }),
      set: (hosts) => {
        // What the server remembers must not be taken for what the watcher keeps.
        api.compact()
        for (let slice = 0; slice < TARGETS / 100; slice++) {
          const own = hosts.slice(slice * 100, slice * 100 + 100)
          api.apply(createSlice(`web-${slice}`, own, [{ name: 'http', port: 80 }]))
        }
      },
    }
  },
}

test.each(Object.keys(WORLDS))('a thousand targets from %s may change every second', async (name) => {
  const world = await (WORLDS[name] as () => Promise<World>)()
  let count = 0
  const newHost = (): string => `10.${(++count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`
  let hosts = Array.from({ length: TARGETS }, newHost)
  const service = new algo.Service({ targets: [] })
  const isTaken = (): boolean =>
    service.targets.length === TARGETS && hosts.every((host) => service.find(`${host}:80`) !== undefined)
  let round = 0
  const change = async (): Promise<void> => {
    round++
    hosts = hosts.map((host, index) => (index % 10 === round % 10 ? newHost() : host))
    world.set(hosts)
    await vi.waitFor(() => expect(isTaken()).toBe(true), { timeout: 10_000, interval: 2 })
  }

  world.set(hosts)
  const log = new RecordingLog()
  const stop = followTargets(service, world.source, { log, intervalMs: 5 })
  onTestFinished(() => stop())
  await stop.first
  for (let i = 0; i < 10; i++) await change()
  const [heap, resources] = [heapBytes(), resourceCount()]
  const before = process.cpuUsage()
  for (let i = 0; i < CHANGES; i++) await change()
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1_000 / CHANGES).toBeLessThan(MAX_CPU_MS)
  expect(heapBytes() - heap).toBeLessThan(MAX_GROWTH_BYTES)
  // One question, at most, is under way more than there was then.
  expect(resourceCount()).toBeLessThan(resources + 5)
  expect(log.entries).toEqual([])
})

function resourceCount(): number {
  return process.getActiveResourcesInfo().length
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
