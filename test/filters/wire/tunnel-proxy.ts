import { Message } from '../../../src/events.ts'
import type { TunnelHandler } from '../../../src/filters/accept-http-tunnel.ts'
import type { DemuxHttpOptions } from '../../../src/filters/demux-http.ts'
import { wire } from './http-text.ts'
import { WireProxy } from './wire-proxy.ts'

/** The variables of the proxy below. */
export interface TunnelVariables {
  target: string
}

export interface TunnelProxyOptions {
  readonly hasOnlyStreams: boolean
  /** @default opens any tunnel, and answers other requests with their path */
  readonly handler?: TunnelHandler<TunnelVariables> | undefined
  readonly options?: DemuxHttpOptions | undefined
}

/** Where its upstream listens. */
export const TUNNEL_TARGET = '127.0.0.1:9000'
export const CONNECT: string = wire(`CONNECT ${TUNNEL_TARGET} HTTP/1.1`, `Host: ${TUNNEL_TARGET}`, '')
export const CONNECTED = 'HTTP/1.1 200 OK\r\n\r\n'

const acceptAll: TunnelHandler<TunnelVariables> = ({ head }, $) => {
  if (head.method !== 'CONNECT') return new Message({ status: 200 }, `plain ${head.path}`)
  $.target = head.path ?? ''
  return new Message({ status: 200 })
}

/** demuxHTTP → acceptHTTPTunnel → connect to what CONNECT names, and an upstream at {@link TUNNEL_TARGET}. */
export async function startTunnelProxy(given: TunnelProxyOptions): Promise<WireProxy> {
  const { hasOnlyStreams, handler = acceptAll, options } = given
  const proxy = await WireProxy.start<TunnelVariables>(
    (p) => p.demuxHTTP((r) => r.acceptHTTPTunnel((t) => t.connect(($) => $.target), handler), options),
    { hasOnlyStreams, variables: { target: TUNNEL_TARGET } },
  )
  await proxy.listen(9000)
  return proxy
}
