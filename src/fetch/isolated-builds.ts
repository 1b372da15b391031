import { type BuiltProxy, buildProxy, type ProxySurroundings } from '../engine/build-proxy.ts'
import type { ProxyDefinition } from '../engine/proxy-definition.ts'
import type { Transport } from '../transport.ts'
import type { ReusableTransport } from './reusable-transport.ts'

/** Builds that wait for a request: as many as serve requests at once, up to here. */
const MAX_FREE_BUILDS = 64

/** A build of the proxy that serves one request. */
export interface BuildUse<V> {
  readonly built: BuiltProxy<V>
  readonly transport: Transport
  /** The request is over. Again is fine. */
  end(): void
}

/** What a request may say about its transport. */
export interface BuildCall<T extends ReusableTransport> {
  readonly transport?: Transport
  readonly prepare?: (transport: T) => void
}

export interface IsolatedBuildsOptions<T extends ReusableTransport> extends ProxySurroundings {
  /** Makes a transport that serves one request after the other. @default each request brings its own */
  readonly createTransport?: (() => T) | undefined
}

interface FreeBuild<V, T> {
  readonly built: BuiltProxy<V>
  readonly transport: T
}

/**
 * Builds of a proxy of which each serves one request at a time. One that is stopped after its request has given up all that
 * was opened for it, and serves another one: to build a proxy takes a good part of a small request's time.
 */
export class IsolatedBuilds<V, T extends ReusableTransport> {
  readonly #definition: ProxyDefinition<V>
  readonly #options: IsolatedBuildsOptions<T>
  readonly #free: FreeBuild<V, T>[] = []

  constructor(definition: ProxyDefinition<V>, options: IsolatedBuildsOptions<T>) {
    this.#definition = definition
    this.#options = options
  }

  /** Takes a build for a request. @throws what buildProxy throws */
  take({ transport, prepare }: BuildCall<T>): BuildUse<V> {
    const { createTransport, transport: usual } = this.#options
    if (transport !== undefined || createTransport === undefined) {
      const built = this.#build(transport ?? usual)
      return { built, transport: transport ?? usual, end: () => built.stop() }
    }
    const free = this.#free.pop()
    const own = free?.transport ?? createTransport()
    prepare?.(own)
    const build = free ?? { built: this.#build(own), transport: own }
    let isOver = false
    const end = (): void => {
      if (!isOver) this.#giveBack(build)
      isOver = true
    }
    return { ...build, end }
  }

  #build(transport: Transport): BuiltProxy<V> {
    return buildProxy(this.#definition, { ...this.#options, transport })
  }

  #giveBack(build: FreeBuild<V, T>): void {
    build.built.stop()
    // Somebody may still wait for an answer that nobody wants any more.
    if (build.transport.isAtRest && this.#free.length < MAX_FREE_BUILDS) this.#free.push(build)
  }
}
