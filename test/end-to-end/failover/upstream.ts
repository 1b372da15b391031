/**
 * One of the upstreams, in a process of its own that {@link UpstreamProcess} forks: `upstream.ts PORT`. It answers each
 * request with its own address, what was asked, and the body that it got; of each POST it writes a line as well, so that it
 * is known after its end. Messages make it answer 500, or end in good order.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { UpstreamMessage } from './upstream-process.ts'

/** What a request costs, so that there are always some under way. */
const THINK_MS = 3

const port = Number(process.argv[2])
const address = `127.0.0.1:${port}`
let isFailing = false
let isFinishing = false

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  let body = ''
  request.setEncoding('latin1').on('data', (text: string) => (body += text))
  request.on('end', () => {
    // A health check asks the process, not what it is there for: it stays well while the answers are bad.
    if (request.url === '/health') response.end('ok')
    else setTimeout(() => answer(request, response, body), THINK_MS)
  })
})

function answer({ method, url = '' }: IncomingMessage, response: ServerResponse, body: string): void {
  if (method === 'POST') process.stdout.write(`${url}\n`)
  const text = `${address} ${method} ${url} ${body}`
  response.writeHead(isFailing ? 500 : 200, {
    'content-length': text.length,
    'x-upstream': address,
    ...(isFinishing ? { connection: 'close' } : {}),
  })
  response.end(text)
}

server.once('error', (error: NodeJS.ErrnoException) => {
  process.send?.({ error: error.code })
  process.disconnect()
})
server.listen({ port, host: '127.0.0.1', backlog: 1024 }, () => process.send?.({ address }))

process.on('message', (message: UpstreamMessage) => {
  if (message === 'finish') {
    isFinishing = true
    server.close(() => process.exit(0))
    return
  }
  isFailing = message === 'fail'
  process.send?.({ isFailing })
})
// Whoever started it is gone; perhaps while it was told something.
process.on('disconnect', () => process.exit())
process.on('error', () => process.exit())
