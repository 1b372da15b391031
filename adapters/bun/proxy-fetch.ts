import type { CreateProxyFetch } from '../../src/fetch/create-proxy-fetch.ts'
import { sharedProxyFetch } from '../../src/fetch/shared-proxy-fetch.ts'
import { createLog, bunTransport } from './serve.ts'

/** A proxy in an application on Bun: its upstream connections are TCP connections. */
export const createProxyFetch: CreateProxyFetch = sharedProxyFetch(bunTransport, createLog)
