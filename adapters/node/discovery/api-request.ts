import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { ProxyError } from '../../../src/errors.ts'
import type { ClusterAccess } from './cluster-access.ts'
import type { DiscoveryClock } from './discovery-clock.ts'

/** Until the server begins to answer. */
const ANSWER_TIMEOUT_MS = 30_000

/** A peer that is gone without a word is noticed by this. */
const KEEP_ALIVE_MS = 30_000

/**
 * Asks the API server. Not by `fetch`: Node's takes no certificates of its own. Its connection keeps no process alive.
 * @returns the answer, whatever its status, with its body unread
 * @throws DISCOVERY_FAILED when there is none
 */
export async function requestApi(
  access: ClusterAccess,
  path: string,
  clock: DiscoveryClock,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const url = new URL(`${access.server.pathname.replace(/\/$/, '')}${path}`, access.server)
  const token = await access.readToken()
  const ca = url.protocol === 'https:' ? await access.readCa() : undefined
  const headers = { accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) }
  const refuse = (error: Error): ProxyError =>
    new ProxyError('DISCOVERY_FAILED', `Cannot ask Kubernetes at ${url.origin}: ${describe(error)}`, { cause: error })
  return await new Promise((resolve, reject) => {
    const options = { agent: false, headers, signal, ...(ca !== undefined && { ca }) } as const
    const request = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options)
    const timer = clock.setTimer(
      () => request.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`)),
      ANSWER_TIMEOUT_MS,
    )
    request.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS).unref())
    request.on('response', (response) => {
      timer.cancel()
      resolve(response)
    })
    request.on('error', (error) => {
      timer.cancel()
      reject(refuse(error))
    })
    request.end()
  })
}

/** Of a host with several addresses the text is empty, and each has its own. */
function describe(error: Error & { readonly code?: string; readonly errors?: readonly Error[] }): string {
  if (error.message !== '') return error.message
  return error.errors?.map(({ message }) => message).join(', ') ?? String(error.code)
}
