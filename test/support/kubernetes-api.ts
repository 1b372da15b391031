import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { EndpointSlice } from '../../adapters/node/discovery/endpoint-slice.ts'

/** A slice as a test writes it: with the labels that the server selects by. */
export interface StoredSlice extends EndpointSlice {
  readonly metadata: EndpointSlice['metadata'] & { readonly labels: Readonly<Record<string, string>> }
}

export interface KubernetesApiOptions {
  /** The one that there is. @default 'shop' */
  readonly namespace?: string
  /** Requests without it get 401. */
  readonly token?: string
  /** Key and certificate in PEM form; without them it speaks plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

interface HistoryEvent {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: StoredSlice
}

interface OpenWatch {
  readonly response: ServerResponse
  readonly selector: string
}

const PATH = /^\/apis\/discovery\.k8s\.io\/v1\/namespaces\/([^/]+)\/endpointslices$/

/**
 * The part of a Kubernetes API server that watching EndpointSlices needs, as its documentation ("Kubernetes API Concepts")
 * describes it: lists in pages with one resource version, watches from a version on, bookmarks, and 410 for what it has
 * forgotten.
 */
export class KubernetesApi {
  /** Path and query of each request. */
  readonly requests: URL[] = []
  readonly tokens: (string | undefined)[] = []
  /** Answers each request with this status, in place of what was asked for. */
  refusal: { readonly status: number; readonly message: string } | undefined
  /** Tells of a forgotten version as an answer of status 410, not as an event of the watch; servers do both. */
  refusesGoneWatches = false
  /** Ends each watch as soon as it has sent what it has. */
  endsWatches = false
  /** Called when a list, or a page of one, was sent. */
  onList: () => void = () => {}
  readonly #server: Server
  readonly #token: string | undefined
  readonly #scheme: string
  readonly #namespace: string
  readonly #slices = new Map<string, StoredSlice>()
  readonly #watches = new Set<OpenWatch>()
  #history: HistoryEvent[] = []
  #version = 100
  /** Versions before are forgotten. */
  #oldest = 100
  #port = 0
  #wake: (() => void)[] = []

  static async start(options: KubernetesApiOptions = {}): Promise<KubernetesApi> {
    const api = new KubernetesApi(options)
    await api.listen()
    onTestFinished(() => api.stop())
    return api
  }

  private constructor({ namespace = 'shop', token, tls }: KubernetesApiOptions) {
    this.#token = token
    this.#namespace = namespace
    this.#scheme = tls === undefined ? 'http' : 'https'
    const answer = (request: IncomingMessage, response: ServerResponse): void => this.#answer(request, response)
    this.#server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer)
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  /** Watches that are open. */
  get watchCount(): number {
    return this.#watches.size
  }

  /** The queries of the watches that were asked for. */
  get watchQueries(): URLSearchParams[] {
    return this.requests.map(({ searchParams }) => searchParams).filter((query) => query.get('watch') !== null)
  }

  /** The queries of the lists that were asked for. */
  get listQueries(): URLSearchParams[] {
    return this.requests.map(({ searchParams }) => searchParams).filter((query) => query.get('watch') === null)
  }

  get version(): number {
    return this.#version
  }

  /** Listens again, where it did before. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  apply(slice: StoredSlice): void {
    const { name } = slice.metadata
    const type = this.#slices.has(name) ? 'MODIFIED' : 'ADDED'
    this.#version++
    const object = { ...slice, metadata: { ...slice.metadata, resourceVersion: String(this.#version) } }
    this.#slices.set(name, object)
    this.#publish({ version: this.#version, type, object })
  }

  remove(name: string): void {
    const slice = this.#slices.get(name)
    if (slice === undefined) throw new Error(`There is no slice "${name}"`)
    this.#slices.delete(name)
    this.#version++
    const object = { ...slice, metadata: { ...slice.metadata, resourceVersion: String(this.#version) } }
    this.#publish({ version: this.#version, type: 'DELETED', object })
  }

  /** Something else in the cluster changes: versions go on, this service sees nothing. */
  pass(versions: number): void {
    this.#version += versions
  }

  /** Tells watches that ask for it that they have seen all up to now. */
  sendBookmarks(): void {
    const metadata = { resourceVersion: String(this.#version) }
    for (const { response } of this.#watches) send(response, 'BOOKMARK', { kind: 'EndpointSlice', metadata })
  }

  /** Forgets what led to the slices of now. */
  compact(): void {
    this.#oldest = this.#version
    this.#history = []
  }

  /** Ends all watches in good order, as their time being over does. */
  endWatches(): void {
    for (const { response } of this.#watches) response.end()
  }

  /** Cuts their connections. */
  cutWatches(): void {
    for (const { response } of this.#watches) response.socket?.resetAndDestroy()
  }

  /** Sends something of the test's own to all watches. */
  sendToWatches(text: string | Uint8Array): void {
    for (const { response } of this.#watches) response.write(text)
  }

  /** Waits until a condition holds; it is asked after each request and each watch that ends. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#wake.push(resolve))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url)
    this.requests.push(url)
    this.tokens.push(request.headers.authorization)
    this.#tell()
    const namespace = PATH.exec(url.pathname)?.[1]
    if (this.refusal !== undefined) return refuse(response, this.refusal.status, this.refusal.message)
    if (this.#token !== undefined && request.headers.authorization !== `Bearer ${this.#token}`) {
      return refuse(response, 401, 'Unauthorized')
    }
    if (namespace !== this.#namespace) return refuse(response, 404, 'the server could not find the requested resource')
    const query = url.searchParams
    if (query.get('watch') === '1') this.#watch(query, response)
    else this.#list(query, response)
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    const [version = this.#version, start = 0] = query.get('continue')?.split(':').map(Number) ?? []
    if (version < this.#oldest) return refuse(response, 410, 'The provided continue parameter is too old')
    const all = [...this.#slices.values()].filter((slice) => isSelected(slice, query.get('labelSelector') ?? ''))
    const end = start + Number(query.get('limit') ?? all.length)
    const hasMore = end < all.length
    const metadata = { resourceVersion: String(version), ...(hasMore && { continue: `${version}:${end}` }) }
    const items = all.slice(start, end)
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({ kind: 'EndpointSliceList', apiVersion: 'discovery.k8s.io/v1', metadata, items }),
      () => this.onList(),
    )
  }

  #watch(query: URLSearchParams, response: ServerResponse): void {
    const from = Number(query.get('resourceVersion'))
    const isGone = from < this.#oldest
    if (isGone && this.refusesGoneWatches) return refuse(response, 410, 'too old resource version')
    response.setHeader('content-type', 'application/json;stream=watch')
    response.flushHeaders()
    if (isGone) {
      send(response, 'ERROR', status(410, `too old resource version: ${from} (${this.#oldest})`))
      response.end()
      return
    }
    const watch = { response, selector: query.get('labelSelector') ?? '' }
    for (const event of this.#history) if (event.version > from) this.#send(watch, event)
    if (this.endsWatches) {
      response.end()
      return
    }
    this.#watches.add(watch)
    response.on('close', () => {
      this.#watches.delete(watch)
      this.#tell()
    })
    this.#tell()
  }

  #publish(event: HistoryEvent): void {
    this.#history.push(event)
    for (const watch of this.#watches) this.#send(watch, event)
  }

  #send({ response, selector }: OpenWatch, { type, object }: HistoryEvent): void {
    if (isSelected(object, selector)) send(response, type, object)
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

function isSelected({ metadata }: StoredSlice, selector: string): boolean {
  return selector.split(',').every((term) => {
    const [label = '', value] = term.split('=')
    return metadata.labels[label] === value
  })
}

function send(response: ServerResponse, type: string, object: unknown): void {
  response.write(`${JSON.stringify({ type, object })}\n`)
}

function refuse(response: ServerResponse, code: number, message: string): void {
  response.statusCode = code
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(status(code, message)))
}

function status(code: number, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason: code === 410 ? 'Expired' : '', code }
}
