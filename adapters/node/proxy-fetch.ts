import type { CreateProxyFetch } from '../../src/fetch/create-proxy-fetch.ts'
import { sharedProxyFetch } from '../../src/fetch/shared-proxy-fetch.ts'
import { NodeLog } from './node-log.ts'
import { nodeTransport } from './serve.ts'

/** A proxy in an application on Node: its upstream connections are TCP connections. */
export const createProxyFetch: CreateProxyFetch = sharedProxyFetch(nodeTransport, () => new NodeLog())
