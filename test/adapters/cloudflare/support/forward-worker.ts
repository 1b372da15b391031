import type { ServiceOptions } from '../../../../src/algorithms/service/service-options.ts'
import type { ServiceStatistics, TargetStatistics } from '../../../../src/algorithms/service/service-statistics.ts'
import { type StartedWorker, startWorker } from './start-worker.ts'

const SECRET = 'open-sesame'

/** How the targets of a service are reached. */
export type TargetWay = 'fetch' | 'tcp'

/** Forwards each request to the service in its field X-Service, which a test has put there. */
const CODE = `
  import { algo, pipy } from 'sluice'
  import { controlRoutes, sockets, worker } from 'sluice/cloudflare'

  const services = new Map()
  const control = controlRoutes()

  const proxy = pipy({ service: '' })
    .listen(80)
    .demuxHTTP((p) => p
      .handleMessageStart(({ head }, $) => { $.service = head.headers['x-service'] })
      .forward(($) => services.get($.service)))

  export default worker(proxy, {
    sockets,
    routes: async (request, env, statistics) => {
      const { pathname } = new URL(request.url)
      if (!pathname.startsWith('/_services/')) return control(request, env, statistics)
      const name = pathname.slice('/_services/'.length)
      services.set(name, new algo.Service({ name, ...await request.json() }))
      return new Response()
    },
  })`

/** A Worker that forwards to services, in a workerd of its own. */
export class ForwardWorker {
  readonly #worker: StartedWorker
  readonly #way: TargetWay
  #count = 0

  /** @param way how it reaches the targets: by fetch, or over sockets of its own */
  static async start(way: TargetWay): Promise<ForwardWorker> {
    return new ForwardWorker(await startWorker({ isDirect: true, code: CODE, vars: { SLUICE_SECRET: SECRET } }), way)
  }

  private constructor(worker: StartedWorker, way: TargetWay) {
    this.#worker = worker
    this.#way = way
  }

  get port(): number {
    return this.#worker.port
  }

  /** What it wrote to its log. */
  get lines(): readonly string[] {
    return this.#worker.lines
  }

  /**
   * Opens a service in it.
   * @param addresses of its targets, `host:port`
   * @param name that other Workers know it by as well. @default one that it has alone
   */
  async open(
    addresses: readonly string[],
    options: Omit<ServiceOptions, 'targets'> = {},
    name = `service-${++this.#count}`,
  ): Promise<ForwardedService> {
    const targets = addresses.map((address) => this.targetOf(address))
    const body = JSON.stringify({ targets, ...options })
    const answer = await fetch(`${this.#worker.url}_services/${name}`, { method: 'PUT', body })
    if (!answer.ok) throw new Error(`Cannot open service "${name}": ${await answer.text()}`)
    return new ForwardedService(this, this.#worker.url, name)
  }

  /** The target that leads to an address. */
  targetOf(address: string): string {
    return this.#way === 'fetch' ? `http://${address}` : `tcp://${address}`
  }

  dispose(): Promise<void> {
    return this.#worker.dispose()
  }
}

/** A service of a running Worker, from outside. */
export class ForwardedService {
  readonly name: string
  readonly #worker: ForwardWorker
  readonly #url: string

  constructor(worker: ForwardWorker, url: string, name: string) {
    this.#worker = worker
    this.#url = url
    this.name = name
  }

  /** Sends it a request. */
  ask(path: string, { headers = {}, ...init }: RequestInit & { headers?: Record<string, string> } = {}) {
    return fetch(new URL(path, this.#url), { ...init, headers: { ...headers, 'x-service': this.name } })
  }

  /** @returns status and body of an answer */
  async get(path: string, init?: RequestInit): Promise<[number, string]> {
    const answer = await this.ask(path, init as RequestInit & { headers?: Record<string, string> })
    return [answer.status, await answer.text()]
  }

  /** What the Worker shows of it at /_sluice/stats. */
  async statistics(): Promise<ServiceStatistics> {
    const answer = await fetch(`${this.#url}_sluice/stats`, { headers: { authorization: `Bearer ${SECRET}` } })
    const { isolate } = (await answer.json()) as { isolate: { services?: readonly ServiceStatistics[] } }
    const found = isolate.services?.find(({ name }) => name === this.name)
    if (found === undefined) throw new Error(`Cannot find service "${this.name}" among ${isolate.services?.length}`)
    return found
  }

  /** And of one of its targets. @param address `host:port` */
  async target(address: string): Promise<TargetStatistics> {
    const { targets } = await this.statistics()
    const wanted = this.#worker.targetOf(address)
    return targets.find((target) => target.address === wanted) as TargetStatistics
  }
}
