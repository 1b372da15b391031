import { ProxyError } from '../../src/errors.ts'
import type { DispatchTarget } from '../../src/fetch/dispatch-target.ts'
import type { SendRequest } from '../../src/fetch/dispatcher.ts'
import type { Address } from '../../src/transport.ts'
import { formatTarget } from './format-target.ts'
import { passBody } from './pass-body.ts'
import { ByteReader } from '../../src/streams/byte-reader.ts'

/** What workerd's fetch has of its own: a body's length is that of its stream. */
const WORKERD: Pick<DispatchTarget, 'hidesHopByHop' | 'withLength' | 'openBody' | 'passBody'> = {
  openBody: (body) => new ByteReader(body),
  hidesHopByHop: true,
  passBody,
  withLength: (body, length) => body.pipeThrough(new FixedLengthStream(length)),
}

/** Bodies keep their content coding; workerd wants to be told with the call, and not with the Request. */
const AS_IT_COMES = { encodeResponseBody: 'manual' } as const

/** What the targets of one call of a Worker have in common. */
export interface DispatchTargetsOptions {
  /** The call that is served. */
  readonly call: () => { readonly env?: unknown; readonly clientHost?: string | undefined }
  /** Runs a request when it is its turn. */
  readonly inTurn: (send: SendRequest) => SendRequest
}

/** How the targets of one call of a Worker are fetched: addresses by the global fetch, bindings by their own. */
export class DispatchTargets {
  readonly #options: DispatchTargetsOptions
  readonly #fetch: SendRequest

  constructor(options: DispatchTargetsOptions) {
    this.#options = options
    this.#fetch = options.inTurn((request) => fetch(request, AS_IT_COMES))
  }

  /** @throws INVALID_TARGET for a binding that the Worker has not, or that cannot be fetched from */
  find(address: Address): DispatchTarget {
    const { host, scheme } = address
    if (scheme === 'binding') return this.#findBinding(formatTarget(address), host)
    const origin = formatTarget(scheme === undefined ? { ...address, scheme: 'http' } : address)
    return {
      ...WORKERD,
      name: origin,
      kind: 'fetch',
      origin,
      send: this.#fetch,
      clientHost: this.#options.call().clientHost,
    }
  }

  #findBinding(target: string, name: string): DispatchTarget {
    const { call, inTurn } = this.#options
    const { env } = call()
    const bindings = (typeof env === 'object' && env !== null ? env : {}) as Readonly<Record<string, unknown>>
    const service = Object.hasOwn(bindings, name) ? bindings[name] : undefined
    if (!isFetcher(service)) {
      const state = service === undefined ? 'there is no such binding' : 'it is no service'
      const names = Object.keys(bindings).filter((known) => isFetcher(bindings[known]))
      const known = names.length === 0 ? 'the Worker has none' : `the Worker has ${names.join(', ')}`
      throw new ProxyError('INVALID_TARGET', `Cannot connect to "${target}": ${state}; of services ${known}`)
    }
    // The URL's host says nothing about where a binding leads: the Host of the request stays.
    return {
      ...WORKERD,
      name: target,
      kind: 'binding',
      origin: undefined,
      send: inTurn((request) => service.fetch(request, AS_IT_COMES)),
    }
  }
}

/** Bindings of services, of static assets and the like. */
function isFetcher(binding: unknown): binding is Fetcher {
  const isStub = typeof binding === 'function' || (typeof binding === 'object' && binding !== null)
  return isStub && typeof (binding as { readonly fetch?: unknown }).fetch === 'function'
}
