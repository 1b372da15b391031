import type { CreateProxyFetch } from '../../src/fetch/create-proxy-fetch.ts'
import { sharedProxyFetch } from '../../src/fetch/shared-proxy-fetch.ts'
import { createLog, denoTransport } from './serve.ts'

/** A proxy in an application on Deno: its upstream connections are TCP connections. */
export const createProxyFetch: CreateProxyFetch = sharedProxyFetch(denoTransport, createLog)
