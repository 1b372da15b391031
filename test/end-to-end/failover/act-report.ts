import type { algo } from 'sluice'
import type { RequestRecord } from './request-record.ts'

/** What was done to one upstream, and when the proxy noticed. Times are those of `clockMs`. */
export interface Fault {
  readonly address: string
  readonly faultMs: number
  /** When the service found that it is not healthy; undefined when it did not have to. */
  readonly leftMs: number | undefined
  /** When it was well again. */
  readonly wellMs: number
  /** Since when the service holds it for healthy again. */
  readonly returnedMs: number
  /** When it answered the first request after that. */
  readonly loadedMs: number
}

/** What became of the requests of an act. */
export interface ActReport {
  readonly name: string
  /** All that are over, in the order in which they ended. */
  readonly records: readonly RequestRecord[]
  readonly faults: readonly Fault[]
  /** Of those that may be sent twice: they were not answered, or not as they should. */
  readonly lost: readonly RequestRecord[]
  /** Requests that got the answer to another one, whatever their method. */
  readonly mixed: readonly RequestRecord[]
  /** POSTs without their answer: they may not be sent twice, so a fault can cost some. */
  readonly failedPosts: readonly RequestRecord[]
  /** POSTs that came to upstreams more than once. */
  readonly repeatedPosts: readonly string[]
  /** How often the proxy sent a request again; undefined without a service, and with several processes. */
  readonly retries: number | undefined
  /** What the service of a process of the proxy says once the last client has its answer; undefined without a service. */
  readonly statistics: algo.ServiceStatistics | undefined
}
