import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hash } from 'node:crypto'
import type { UpstreamPorts } from '../load/start-upstream.ts'
import { makeBody } from '../works.ts'

/** What the upstream of the checks says of a request that came. */
export interface SeenRequest {
  readonly upstream: 'first' | 'second'
  readonly method: string
  readonly path: string
  readonly headers: NodeJS.Dict<string | string[]>
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[]
  readonly bodyBytes: number
  readonly bodyHash: string
}

/** Paths that are answered in a way of their own; every other path answers what was seen. */
export const CHECK_PATHS = {
  missing: '/check/missing',
  empty: '/check/empty',
  chunked: '/check/chunked',
  large: '/check/large',
  cookies: '/check/cookies',
} as const

export const LARGE_BODY: Buffer = makeBody(1024 * 1024 + 3)

/** Starts the upstream of the checks: it tells what came, where nginx would only be fast. */
export async function startCheckUpstream(): Promise<{ ports: UpstreamPorts; stop(): Promise<void> }> {
  const servers = (['first', 'second'] as const).map((name) =>
    createServer((request, response) => answer(name, request, response)),
  )
  const ports: number[] = []
  for (const server of servers) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    ports.push((server.address() as AddressInfo).port)
  }
  const [first = 0, second = 0] = ports
  return { ports: [first, second], stop: async () => void (await Promise.all(servers.map(close))) }
}

async function answer(upstream: 'first' | 'second', request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  const body = Buffer.concat(parts)
  switch (request.url) {
    case CHECK_PATHS.missing:
      response.writeHead(404, { 'content-length': 9 }).end('not here\n')
      return
    case CHECK_PATHS.empty:
      response.writeHead(204).end()
      return
    case CHECK_PATHS.chunked:
      response.write(LARGE_BODY.subarray(0, 70_000))
      response.end(LARGE_BODY.subarray(70_000))
      return
    case CHECK_PATHS.large:
      response.writeHead(200, { 'content-length': LARGE_BODY.length }).end(LARGE_BODY)
      return
    case CHECK_PATHS.cookies:
      response
        .writeHead(200, ['Set-Cookie', 'a=1', 'X-Answer', 'Kept', 'Set-Cookie', 'b=2', 'Content-Length', '0'])
        .end()
      return
  }
  const { method = '', url: path = '', headers, rawHeaders } = request
  const bodyHash = hash('sha256', body)
  const seen: SeenRequest = { upstream, method, path, headers, rawHeaders, bodyBytes: body.length, bodyHash }
  const text = JSON.stringify(seen)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}
