import type { Pipeline } from '../engine/pipeline.ts'
import { ProxyError } from '../errors.ts'
import { StreamEnd } from '../events.ts'

/**
 * What a filter outputs when it leaves a request of demuxHTTP without an answer: NO_RESPONSE, which becomes a 500. The
 * client would wait for ever otherwise, as it does in Pipy. It is logged, since the proxy's author has to mend it.
 * @param action what the filter could not do, after "Cannot"
 */
export function noResponse<V>(pipeline: Pipeline<V>, action: string, state: string): StreamEnd {
  const { layout } = pipeline
  const error = new ProxyError('NO_RESPONSE', `Cannot ${action} in ${layout.title}: ${state}`)
  layout.log.error(error.message, error)
  return new StreamEnd(error)
}
