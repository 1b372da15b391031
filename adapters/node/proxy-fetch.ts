import { NodeLog } from './node-log.ts'
import { nodeTransport } from './serve.ts'
import type { CreateProxyFetch } from '../../src/fetch/create-proxy-fetch.ts'
import { fetchHandler } from '../../src/fetch/fetch-handler.ts'

/** A proxy as a function from Request to Response, whose upstream connections are TCP connections shared by all requests. */
export const createProxyFetch: CreateProxyFetch = (proxy, { log = new NodeLog(), ...options } = {}) =>
  fetchHandler(proxy, { ...options, transport: nodeTransport, log })
