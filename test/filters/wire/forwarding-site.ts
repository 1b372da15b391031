import type { ForwardedOptions } from '../../../src/engine/proxy-definition.ts'
import type { MessageStart } from '../../../src/events.ts'
import type { DemuxHttpOptions } from '../../../src/filters/demux-http.ts'
import type { MuxHttpOptions } from '../../../src/filters/mux-http.ts'
import { answerText, wire } from './http-text.ts'
import { WireProxy } from './wire-proxy.ts'

/** What a muxHTTP that is left as it is adds to a request. */
export const VIA = 'Via: 1.1 sluice'
/** What a listener says of a client that it does not trust. */
export const SAID = ['X-Forwarded-For: 127.0.0.1', 'X-Forwarded-Host: a', 'X-Forwarded-Proto: http']

/** How the proxy is described. */
export interface ForwardingOptions {
  readonly demux?: DemuxHttpOptions
  readonly mux?: MuxHttpOptions
  readonly forwarded?: ForwardedOptions
  /** What a script does with the request's head. */
  readonly onRequest?: (event: MessageStart) => void
}

/** What passed through a proxy. */
export interface Exchanged {
  /** What reached the upstream. */
  readonly sent: string
  /** What reached the client. */
  readonly got: string
  /** How the client's connection stands. */
  readonly state: string
}

/** Where one exchange after the other is tried, each on a proxy of its own. */
export interface ForwardingSite {
  /** Starts demuxHTTP → handleMessageStart → muxHTTP → connect, and an upstream. */
  start(options?: ForwardingOptions): Promise<WireProxy>
  exchange(request: string, answer?: string, options?: ForwardingOptions): Promise<Exchanged>
}

/** A GET with fields. */
export function get(...fields: string[]): string {
  return wire('GET / HTTP/1.1', 'Host: a', ...fields, '')
}

/** @param hasOnlyStreams what the transport offers */
export function forwardingSite(hasOnlyStreams: boolean): ForwardingSite {
  async function start({
    demux,
    mux,
    forwarded,
    onRequest = () => undefined,
  }: ForwardingOptions = {}): Promise<WireProxy> {
    const proxy = await WireProxy.start(
      (p) =>
        p.demuxHTTP(
          (r) => r.handleMessageStart(onRequest).muxHTTP((u) => u.connect('127.0.0.1:9000'), undefined, mux),
          demux,
        ),
      { hasOnlyStreams, ...(forwarded === undefined ? {} : { listenOptions: { forwarded } }) },
    )
    await proxy.listen(9000)
    return proxy
  }

  /** What reaches the upstream of a request, and the client of an answer. */
  async function exchange(request: string, answer = answerText(), options: ForwardingOptions = {}): Promise<Exchanged> {
    const proxy = await start(options)
    const client = await proxy.send(request)
    const sent = proxy.accepted(9000).length === 0 ? '' : proxy.upstream().write(answer).take()
    await proxy.settle()
    return { sent, got: client.take(), state: client.state }
  }

  return { start, exchange }
}
