import type { Log } from '../engine/log.ts'
import type { Transport } from '../transport.ts'
import { answerFailure } from './answer-failure.ts'
import { byteTranslation } from './byte-translation.ts'
import type { CreateProxyFetch } from './create-proxy-fetch.ts'
import { fetchHandler } from './fetch-handler.ts'

/**
 * What `#proxy-fetch` is on a runtime with sockets of its own: a proxy as a function from Request to Response, whose upstream
 * connections are shared by all requests.
 * @param createLog makes the log of a proxy that is given none
 */
export function sharedProxyFetch(transport: Transport, createLog: () => Log): CreateProxyFetch {
  return (proxy, { log = createLog(), ...options } = {}) => {
    const handle = fetchHandler(proxy, { ...options, transport, log, bytes: byteTranslation })
    return (request, call) => handle(request, call).catch((error: unknown) => answerFailure(error, request, log))
  }
}
