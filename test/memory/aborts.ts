import { createServer, type Socket } from 'node:net'
import { runCycles } from './cycles.ts'
import { poolScript } from './pool-script.ts'
import { listen, openSocket, whenClosed } from './sockets.ts'
import type { Work } from './work.ts'

const MORE_INTERVAL_MS = 20

/**
 * Where clients are when they go, and how. A FIN in an answer that has stopped is not among them: it may as well be that
 * of a client that waits for the rest, and nothing can be sent to ask, so that the time of the answer's body must pass.
 */
const WAYS = [
  { stage: 'in the request', by: 'FIN' },
  { stage: 'in the request', by: 'RST' },
  { stage: 'before the answer', by: 'FIN' },
  { stage: 'before the answer', by: 'RST' },
  { stage: 'in an answer that goes on', by: 'FIN' },
  { stage: 'in an answer that goes on', by: 'RST' },
  { stage: 'in an answer that stops', by: 'RST' },
  // One in eight stays, and is served.
  { stage: 'after the answer', by: 'FIN' },
] as const

/** Clients that go away in the middle of a request or of an answer, by FIN and by RST. */
export const aborts: Work = {
  name: 'aborts',
  run: async (settings) => {
    const upstream = new AbandonedUpstream()
    const port = await listen(upstream.server)
    try {
      const result = await runCycles({
        ...settings,
        what: 'clients gone in the middle',
        script: poolScript(port),
        cycle: (proxyPort, i) => cycle(proxyPort, i, upstream),
        isOver: (count) => upstream.acceptedCount === count,
      })
      const slowestMs = Math.round(upstream.slowestMs)
      return {
        ...result,
        text: `${result.text}; each closed its upstream connection, ${slowestMs} ms later at most`,
        figures: { ...result.figures, upstreamConnections: upstream.acceptedCount, slowestMs },
      }
    } finally {
      upstream.server.close()
    }
  },
}

/** An upstream whose requests are all given up, and that knows by their numbers when they came and when they were cut. */
class AbandonedUpstream {
  acceptedCount = 0
  /** From a client's going to the end of its upstream connection. */
  slowestMs = 0
  readonly server = createServer((socket) => this.#serve(socket))
  readonly #arrivals = new Map<number, () => void>()
  readonly #ends = new Map<number, () => void>()

  /** Settles when the request has come. */
  arrived(number: number): Promise<void> {
    return new Promise((resolve) => this.#arrivals.set(number, resolve))
  }

  /** Settles when the connection that the request came on is closed. */
  ended(number: number): Promise<void> {
    return new Promise((resolve) => this.#ends.set(number, resolve))
  }

  #serve(socket: Socket): void {
    this.acceptedCount++
    socket.on('error', () => undefined)
    socket.once('data', (data) => {
      const number = Number(/^[A-Z]+ \/(\d+) /.exec(data.toString('latin1'))?.[1])
      const { stage } = wayOf(number)
      if (stage === 'after the answer') socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfirst bytes')
      else if (stage.startsWith('in an answer')) {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nfirst bytes')
        if (stage === 'in an answer that goes on') {
          const sending = setInterval(() => socket.write('more'), MORE_INTERVAL_MS)
          socket.on('close', () => clearInterval(sending))
        }
      }
      socket.on('close', () => this.#ends.get(number)?.())
      this.#arrivals.get(number)?.()
    })
  }
}

async function cycle(port: number, number: number, upstream: AbandonedUpstream): Promise<void> {
  const socket = await openSocket(port)
  const closed = whenClosed(socket)
  const { stage, by } = wayOf(number)
  const arrived = upstream.arrived(number)
  const answered = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString('latin1'))))
  if (stage === 'in the request') {
    socket.write(`PUT /${number} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nfirst bytes`)
  } else socket.write(`GET /${number} HTTP/1.1\r\nHost: a\r\n\r\n`)
  await arrived
  const ended = upstream.ended(number)
  if (stage !== 'in the request' && stage !== 'before the answer') {
    const answer = await answered
    if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(`Cannot serve client ${number}: answered "${answer}"`)
  }
  const startMs = performance.now()
  if (by === 'FIN') socket.destroy()
  else socket.resetAndDestroy()
  await Promise.all([closed, ended])
  upstream.slowestMs = Math.max(upstream.slowestMs, performance.now() - startMs)
}

function wayOf(number: number): (typeof WAYS)[number] {
  return WAYS[number % WAYS.length] ?? WAYS[0]
}
