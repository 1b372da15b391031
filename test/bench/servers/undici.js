// The proxy written with undici's Pool behind node:http: node undici.js PORT FIRST SECOND
import http from 'node:http'
import { Pool } from 'undici'

const [port, first, second] = process.argv.slice(2)
const [firstPool, secondPool] = [first, second].map((upstream) => new Pool(`http://127.0.0.1:${upstream}`))
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
])

http
  .createServer((request, response) => {
    const isHi = request.url === '/hi' || request.url.startsWith('/hi/')
    const pool = isHi ? secondPool : firstPool
    const hasBody =
      request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
    pool.stream(
      {
        method: request.method,
        path: request.url,
        headers: withoutHopByHop(request.rawHeaders),
        body: hasBody ? request : null,
        responseHeaders: 'raw',
      },
      ({ statusCode, headers }) => response.writeHead(statusCode, withoutHopByHop(headers)),
      (error) => {
        if (error === null) return
        if (response.headersSent) response.destroy()
        else response.writeHead(502).end('Bad Gateway\n')
      },
    )
  })
  .listen(Number(port), '127.0.0.1', 4096)

/** Names and values in turn, without those that are for one connection only. */
function withoutHopByHop(raw) {
  const kept = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = String(raw[i])
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, String(raw[i + 1]))
  }
  return kept
}
