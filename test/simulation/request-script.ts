import { bodyOf } from './body.ts'
import type { RequestPlan } from './ledger.ts'
import type { ProxyShape } from './proxy-shape.ts'
import { toChunks } from './to-chunks.ts'
import type { World } from './world.ts'

/** How a request goes wrong. */
export type RequestFlaw = 'none' | 'cut' | 'stalled' | 'malformed'

/** A request and how its client sends it. */
export interface RequestScript extends RequestPlan {
  readonly flaw: RequestFlaw
  /** The client says that it wants no more answers behind this one. */
  readonly closes: boolean
  readonly minorVersion: number
  readonly upgrades: boolean
  /** Longer than the proxy takes. */
  readonly isOversized: boolean
  readonly hasRoute: boolean
  readonly head: string
  /** The body as it is on the wire. */
  readonly content: string
}

const METHODS = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const
const MALFORMED = [
  'GET\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: simulated\r\nBad Field: 1\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: simulated\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'TRACE / HTTP/1.1\r\nHost: simulated\r\n\r\n',
  `GET /?${'x'.repeat(9_000)} HTTP/1.1\r\nHost: simulated\r\n\r\n`,
] as const

/** Draws a request. @param isLast whether its client means to send no other */
export function scriptRequest(
  world: World,
  shape: ProxyShape,
  client: string,
  id: string,
  isLast: boolean,
): RequestScript {
  const isConnect = isLast && shape.acceptsTunnels && world.has('tunnels') && world.chance(0.2)
  const method = isConnect ? 'CONNECT' : world.pick(METHODS)
  const hasBody = method === 'POST' || method === 'PUT'
  const isLong = hasBody && world.chance(0.05)
  const bodyBytes = hasBody ? world.drawBodyBytes() + (isLong ? 70_000 : 0) : 0
  const isChunked = hasBody && world.chance(0.4)
  const hasTrailers = isChunked && world.fault('chunked requests with trailers', 0.3)
  const flaw = isConnect ? 'none' : drawFlaw(world)
  const isOld = isLast && !isConnect && flaw === 'none' && !isChunked && world.fault('HTTP/1.0 requests', 0.15)
  const isKept = isOld && world.chance(0.5)
  const upgrades = method === 'GET' && isLast && !isOld && flaw === 'none' && world.has('tunnels') && world.chance(0.4)
  const expectsContinue = !isOld && bodyBytes > 0 && flaw === 'none' && world.fault('Expect: 100-continue', 0.25)
  const saysClose = !isOld && !upgrades && !isConnect && isLast && world.fault('Connection: close requests', 0.3)
  const isOversized = shape.demux.maxBodyBytes > 0 && bodyBytes > shape.demux.maxBodyBytes
  if (isOversized) world.count('oversized requests')
  const hasRoute = isConnect || world.chance(0.97)
  const lines = [
    isConnect
      ? `CONNECT ${id}.test:80 HTTP/1.1`
      : `${method} ${hasRoute ? world.pick(['/', '/hi/']) : '/none/'}?id=${id} HTTP/1.${isOld ? 0 : 1}`,
    `Host: ${isConnect ? `${id}.test:80` : 'simulated'}`,
    ...(isChunked ? ['Transfer-Encoding: chunked'] : hasBody ? [`Content-Length: ${bodyBytes}`] : []),
    ...(expectsContinue ? ['Expect: 100-continue'] : []),
    ...(upgrades ? ['Connection: Upgrade', 'Upgrade: echo'] : []),
    ...(saysClose ? ['Connection: close'] : isKept ? ['Connection: keep-alive'] : []),
  ]
  const body = bodyOf(id, bodyBytes)
  return {
    id,
    client,
    method,
    bodyBytes,
    hasTrailers,
    expectsContinue,
    flaw,
    closes: saysClose || (isOld && !isKept),
    minorVersion: isOld ? 0 : 1,
    upgrades,
    isOversized,
    hasRoute,
    head: flaw === 'malformed' ? world.pick(MALFORMED) : `${lines.join('\r\n')}\r\n\r\n`,
    content: isChunked ? toChunks(world, body, hasTrailers ? `X-Trailer: ${id}\r\n` : '') : body,
  }
}

function drawFlaw(world: World): RequestFlaw {
  if (world.fault('requests cut short', 0.04)) return 'cut'
  if (world.fault('stalled requests', 0.03)) return 'stalled'
  return world.fault('malformed requests', 0.03) ? 'malformed' : 'none'
}

/** A request in words, for the trace. */
export function describeRequest({
  id,
  method,
  minorVersion,
  bodyBytes,
  flaw,
  expectsContinue,
  upgrades,
  closes,
}: RequestScript): string {
  const words = [
    `${method} ${id} HTTP/1.${minorVersion}`,
    `body ${bodyBytes}`,
    ...(flaw === 'none' ? [] : [flaw]),
    ...(expectsContinue ? ['expects 100'] : []),
    ...(upgrades ? ['upgrades'] : []),
    ...(closes ? ['closes'] : []),
  ]
  return words.join(', ')
}
