import { answerFailure } from '../../src/fetch/answer-failure.ts'
import type { CreateProxyFetch } from '../../src/fetch/create-proxy-fetch.ts'
import { fetchHandler } from '../../src/fetch/fetch-handler.ts'
import { denoTransport, createLog } from './serve.ts'

/** A proxy as a function from Request to Response, whose upstream connections are TCP connections shared by all requests. */
export const createProxyFetch: CreateProxyFetch = (proxy, { log = createLog(), ...options } = {}) => {
  const handle = fetchHandler(proxy, { ...options, transport: denoTransport, log })
  return (request, call) => handle(request, call).catch((error: unknown) => answerFailure(error, request, log))
}
