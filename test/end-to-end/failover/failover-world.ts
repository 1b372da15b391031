import { fileURLToPath } from 'node:url'
import type { algo } from 'sluice'
import { quickService, type WorldService } from './quick-service.ts'
import { StartedProxy } from '../../support/started-proxy.ts'
import { ListeningPorts } from './listening-ports.ts'
import { TargetStates } from './target-states.ts'
import type { UpstreamGroup } from './upstream-group.ts'
import type { UpstreamProcess } from './upstream-process.ts'

export interface FailoverWorldOptions {
  /** `round-robin` knows nothing of how its targets are: it shows what is lost without a service. @default 'forward' */
  readonly proxy?: 'forward' | 'round-robin'
  /** Processes of the proxy. @default 1 */
  readonly workers?: number
  /** Options over {@link quickService}. */
  readonly service?: WorldService
  /** The Node that runs the proxy. @default the one that runs this */
  readonly nodeFile?: string
  /** Of forward. @default 'request' */
  readonly checkout?: 'request' | 'session'
}

/** A proxy before upstreams, each a process of its own. */
export class FailoverWorld {
  readonly upstreams: UpstreamGroup
  readonly states: TargetStates
  /** Where the proxy takes requests. */
  readonly port: number
  /** Processes of the proxy. */
  readonly workers: number
  readonly #proxy: StartedProxy
  readonly #statisticsPort: number

  /** Starts a proxy before the upstreams, and waits until each process of it knows them all. */
  static async start(upstreams: UpstreamGroup, options: FailoverWorldOptions = {}): Promise<FailoverWorld> {
    const { proxy: name = 'forward', workers = 1, service = {}, checkout = 'request', nodeFile } = options
    const states = new TargetStates(workers)
    const ports = new ListeningPorts()
    const hasService = name === 'forward'
    const proxy = await StartedProxy.start(fileURLToPath(new URL(`proxies/${name}-proxy.ts`, import.meta.url)), {
      ...(nodeFile === undefined ? {} : { nodeFile }),
      commandOptions: ['--workers', String(workers)],
      environment: {
        FAILOVER_TARGETS: JSON.stringify(upstreams.addresses),
        FAILOVER_SERVICE: JSON.stringify({ ...quickService(), ...service }),
        FAILOVER_FORWARD: JSON.stringify({ checkout }),
      },
      onOutput: (text) => {
        states.read(text)
        ports.read(text)
      },
    })
    try {
      const [port = 0, statisticsPort = 0] = await ports.first(hasService ? 2 : 1)
      if (hasService) for (const address of upstreams.addresses) await states.returned(address)
      return new FailoverWorld(upstreams, proxy, states, port, statisticsPort, workers)
    } catch (error) {
      await proxy.stop()
      throw error
    }
  }

  private constructor(
    upstreams: UpstreamGroup,
    proxy: StartedProxy,
    states: TargetStates,
    port: number,
    statisticsPort: number,
    workers: number,
  ) {
    this.upstreams = upstreams
    this.states = states
    this.port = port
    this.workers = workers
    this.#proxy = proxy
    this.#statisticsPort = statisticsPort
  }

  /** Whether the proxy has a service, and tells how its targets are. */
  get hasService(): boolean {
    return this.#statisticsPort !== 0
  }

  /** One of the upstreams. */
  upstream(index: number): UpstreamProcess {
    const { all } = this.upstreams
    const upstream = all[index]
    if (upstream === undefined) throw new Error(`Cannot find upstream ${index}: there are ${all.length}`)
    return upstream
  }

  /** What the proxy has printed lately. */
  get output(): string {
    return this.#proxy.output
  }

  /** What the service of a process of the proxy has counted. */
  async statistics(): Promise<algo.ServiceStatistics> {
    const answer = await fetch(`http://127.0.0.1:${this.#statisticsPort}/`)
    return (await answer.json()) as algo.ServiceStatistics
  }

  /** Gives the service other targets. */
  async setTargets(addresses: readonly string[]): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.#statisticsPort}/`, {
      method: 'PUT',
      body: JSON.stringify(addresses),
    })
    await answer.body?.cancel()
  }

  /** Stops the proxy; the upstreams stay. @returns its exit code */
  async stop(): Promise<number | null> {
    return await this.#proxy.stop()
  }
}
