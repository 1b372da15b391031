import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { describe, test } from 'vitest'
import type { Capability } from '../../../src/transport.ts'
import type { Feature } from '../features.ts'
import type { RuntimeUnderTest } from './runtime-under-test.ts'
import { TestClient } from './test-client.ts'
import { TestUpstream } from './test-upstream.ts'

/** What one test has: the proxy, and clients and upstreams that end with it. */
export class World {
  readonly runtime: RuntimeUnderTest
  readonly port: number
  readonly #stops: (() => unknown)[] = []

  constructor(runtime: RuntimeUnderTest, port: number) {
    this.runtime = runtime
    this.port = port
  }

  /** How an upstream's address is written for the runtime. */
  target(address: string): string {
    return this.runtime.target?.(address) ?? address
  }

  client(): TestClient {
    const client = new TestClient(this.port, (address) => this.target(address))
    this.onEnd(() => client.stop())
    return client
  }

  async upstream(respond: RequestListener): Promise<TestUpstream> {
    return this.#keep(await TestUpstream.http(respond))
  }

  async rawUpstream(serve: (socket: Socket) => void): Promise<TestUpstream> {
    return this.#keep(await TestUpstream.raw(serve))
  }

  onEnd(stop: () => unknown): void {
    this.#stops.push(stop)
  }

  async end(): Promise<void> {
    for (const stop of this.#stops.splice(0)) await stop()
  }

  #keep(upstream: TestUpstream): TestUpstream {
    this.onEnd(() => upstream.stop())
    return upstream
  }
}

/** Adds a test to a feature: its name, what it needs of the runtime, and what it does. */
export type Scenario = (name: string, needs: readonly Capability[], run: (world: World) => Promise<void>) => void

/** The tests of one feature. */
export interface FeatureCases {
  readonly feature: Feature
  readonly describe: (scenario: Scenario) => void
}

/** Runs a feature's tests on a runtime, at the same time. What it declares not to do is skipped, and the name says so. */
export function runFeature(
  { feature, describe: fill }: FeatureCases,
  runtime: RuntimeUnderTest,
  port: () => number,
): void {
  describe.concurrent(feature, () => {
    fill((name, needs, run) => {
      const lacking = needs.filter((capability) => !runtime.capabilities[capability])
      const undeclared = lacking.length === 0 ? undefined : `declares no ${lacking.join(', ')}`
      const reason = runtime.absent ?? undeclared ?? runtime.kept?.[name]
      const title = reason === undefined ? name : `${name} [skipped: ${reason}]`
      test.skipIf(reason !== undefined)(title, async () => {
        const world = new World(runtime, port())
        try {
          await run(world)
        } finally {
          await world.end()
        }
      })
    })
  })
}
