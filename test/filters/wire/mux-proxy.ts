import type { MuxHttpOptions } from '../../../src/filters/mux-http.ts'
import type { ConnectFilterOptions } from '../../../src/filters/connect.ts'
import { WireProxy } from './wire-proxy.ts'

/** The variables of the proxy below: what a client's request asks for in its headers. */
export interface MuxVariables {
  key: unknown
  target: string
}

export interface MuxProxyOptions extends MuxHttpOptions {
  readonly hasOnlyStreams: boolean
  /** What requests are keyed by. @default the header `key`; without one, the client connection */
  readonly key?: ((variables: MuxVariables) => string | undefined | Promise<string | undefined>) | undefined
  readonly connectOptions?: ConnectFilterOptions
  /** @default false: most suites are about something else */
  readonly via?: string | false
}

/** The port of the upstream. */
export const UPSTREAM_PORT = 9000

/** demuxHTTP → muxHTTP → connect, with an upstream that listens on {@link UPSTREAM_PORT}. */
export async function startMuxProxy({
  hasOnlyStreams,
  key = ($) => $.key as string | undefined,
  connectOptions,
  via = false,
  ...options
}: MuxProxyOptions): Promise<WireProxy> {
  const variables: MuxVariables = { key: undefined, target: `127.0.0.1:${UPSTREAM_PORT}` }
  const proxy = await WireProxy.start<MuxVariables>(
    (p) =>
      p
        .demuxHTTP('request')
        .pipeline('request')
        .handleMessageStart(({ head }, $) => {
          $.key = head.headers['key']
          const { target } = head.headers
          if (typeof target === 'string') $.target = target
        })
        .muxHTTP('upstream', key, { ...options, via })
        .pipeline('upstream')
        .connect(($) => $.target, connectOptions),
    { hasOnlyStreams, variables },
  )
  await proxy.listen(UPSTREAM_PORT)
  return proxy
}
