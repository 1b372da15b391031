import type { IncomingMessage } from 'node:http'
import { ProxyError } from '../../../src/errors.ts'
import { requestApi } from './api-request.ts'
import type { ClusterAccess } from './cluster-access.ts'
import type { DiscoveryClock } from './discovery-clock.ts'
import type { EndpointSlice } from './endpoint-slice.ts'
import { readLines } from './read-lines.ts'

/** What the server says when it cannot do what it was asked. */
interface Status {
  readonly code?: number
  readonly message?: string
}

interface SliceList {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  readonly items?: readonly EndpointSlice[] | null
}

interface WatchEvent {
  readonly type: string
  readonly object: EndpointSlice & Status
}

/** Slices of one page of a list. */
const PAGE_SIZE = 500

/** All pages together. */
const MAX_LIST_BYTES = 256 * 1024 * 1024

/** The server ends a watch between one and two of these; watches of many processes end at different times. */
const WATCH_SECONDS = 300

/** How much longer we wait for the end before we end it: the connection may be dead. */
const WATCH_GRACE_MS = 30_000

/**
 * The EndpointSlices of one service as the API server has them: listed once, then kept by watching from the list's
 * resource version on.
 */
export class SliceWatch {
  readonly #access: ClusterAccess
  readonly #service: string
  readonly #clock: DiscoveryClock
  readonly #signal: AbortSignal
  #slices = new Map<string, EndpointSlice>()
  #version = ''

  constructor(access: ClusterAccess, service: string, clock: DiscoveryClock, signal: AbortSignal) {
    this.#access = access
    this.#service = service
    this.#clock = clock
    this.#signal = signal
  }

  get slices(): Iterable<EndpointSlice> {
    return this.#slices.values()
  }

  /**
   * Reads all of them anew.
   * @throws DISCOVERY_FAILED
   */
  async list(): Promise<void> {
    const slices = new Map<string, EndpointSlice>()
    let page: SliceList | undefined
    let isAnew = true
    do {
      const query: Record<string, string> = { limit: String(PAGE_SIZE) }
      if (page?.metadata.continue) query['continue'] = page.metadata.continue
      const response = await this.#get(query)
      if (response.statusCode === 410 && page !== undefined && isAnew) {
        // The pages that were read are of a version that the server has forgotten meanwhile: from the start, once.
        response.destroy()
        isAnew = false
        page = undefined
        slices.clear()
        continue
      }
      if (response.statusCode !== 200) throw await refused(response)
      page = await readJson<SliceList>(response)
      for (const slice of page.items ?? []) slices.set(slice.metadata.name, slice)
    } while (page === undefined || page.metadata.continue)
    this.#slices = slices
    this.#version = page.metadata.resourceVersion
  }

  /**
   * Follows what changes, until the server ends it; the next call goes on where this one stopped.
   * @yields when slices are other ones than before
   * @returns `gone` when the server does not know any more what has happened since: all has to be read anew; `quiet`
   * when there was not one event, `ended` otherwise
   * @throws DISCOVERY_FAILED
   */
  async *watch(): AsyncGenerator<void, 'ended' | 'quiet' | 'gone'> {
    const seconds = Math.round(WATCH_SECONDS * (1 + this.#clock.random()))
    const query = { watch: '1', allowWatchBookmarks: 'true', resourceVersion: this.#version }
    const response = await this.#get({ ...query, timeoutSeconds: String(seconds) })
    if (response.statusCode === 410) {
      response.destroy()
      return 'gone'
    }
    if (response.statusCode !== 200) throw await refused(response)
    const timer = this.#clock.setTimer(() => response.destroy(), seconds * 1_000 + WATCH_GRACE_MS)
    let end: 'ended' | 'quiet' | 'gone' = 'quiet'
    try {
      for await (const lines of readLines(untilCut(response))) {
        end = 'ended'
        const before = this.#slices
        const isGone = lines.some((line) => line.trim() !== '' && this.#apply(line) === 'gone')
        if (this.#slices !== before) yield
        if (isGone) return 'gone'
      }
    } finally {
      timer.cancel()
      response.destroy()
    }
    return end
  }

  #apply(line: string): 'gone' | undefined {
    const { type, object } = parse<WatchEvent>(line)
    if (type === 'ERROR') {
      if (object.code === 410) return 'gone'
      const text = `Cannot watch EndpointSlices of service "${this.#service}": ${object.code} ${object.message ?? ''}`
      throw new ProxyError('DISCOVERY_FAILED', text.trimEnd())
    }
    const { name, resourceVersion } = object.metadata
    if (resourceVersion !== undefined) this.#version = resourceVersion
    if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') return undefined
    // Another map for other slices: that is what the watch compares.
    this.#slices = new Map(this.#slices)
    if (type === 'DELETED') this.#slices.delete(name)
    else this.#slices.set(name, object)
    return undefined
  }

  async #get(query: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    const namespace = encodeURIComponent(await this.#access.readNamespace())
    const labelSelector = `kubernetes.io/service-name=${this.#service}`
    const search = new URLSearchParams({ labelSelector, ...query })
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?${search.toString()}`
    return await requestApi(this.#access, path, this.#clock, this.#signal)
  }
}

/**
 * What comes until the connection breaks. That a watch was cut, by the server's restart say, is no more than that it
 * ended: if there is no server, the next request tells.
 */
async function* untilCut(response: IncomingMessage): AsyncGenerator<Buffer> {
  const bodies = response.iterator({ destroyOnReturn: true })
  for (;;) {
    const step = await bodies.next().catch(() => OVER)
    if (step.done === true) return
    yield step.value as Buffer
  }
}

const OVER: IteratorResult<unknown> = { done: true, value: undefined }

/** The same text for a list and for a watch: for whoever reads the log it is one condition. */
async function refused(response: IncomingMessage): Promise<ProxyError> {
  const { statusCode } = response
  const body = await readText(response)
  const message = /^\s*\{/.test(body) ? parse<Status>(body).message : undefined
  const remedy =
    statusCode === 403 ? '; the account needs a Role with the verbs list and watch for "endpointslices"' : ''
  const text = `Cannot read EndpointSlices: Kubernetes answers ${statusCode}, "${message ?? body.slice(0, 200)}"`
  return new ProxyError('DISCOVERY_FAILED', `${text}${remedy}`)
}

async function readJson<T>(response: IncomingMessage): Promise<T> {
  return parse<T>(await readText(response))
}

async function readText(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  try {
    for await (const bytes of response) {
      pieces.push(bytes as Buffer)
      length += (bytes as Buffer).length
      if (length > MAX_LIST_BYTES) throw new Error(`it has more than ${MAX_LIST_BYTES} bytes`)
    }
  } catch (error) {
    throw ProxyError.from(error, 'DISCOVERY_FAILED', 'Cannot read an answer of Kubernetes')
  }
  return Buffer.concat(pieces).toString('utf8')
}

function parse<T>(text: string): T {
  try {
    return JSON.parse(text) as T
  } catch (error) {
    const start = JSON.stringify(text.slice(0, 80))
    throw new ProxyError('DISCOVERY_FAILED', `Cannot read what Kubernetes sends: ${start} is no JSON`, { cause: error })
  }
}
