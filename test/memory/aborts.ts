import { once } from 'node:events'
import { createServer } from 'node:net'
import { runCycles } from './cycles.ts'
import { poolScript } from './pool-script.ts'
import { listen, openSocket, whenClosed } from './sockets.ts'
import type { Work } from './work.ts'

const UPLOAD = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nfirst bytes'
const DOWNLOAD = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nfirst bytes'

/** Clients that go away in the middle of a request or of an answer, by FIN and by RST. */
export const aborts: Work = {
  name: 'aborts',
  run: async (settings) => {
    let accepted = 0
    let open = 0
    const server = createServer((socket) => {
      accepted++
      open++
      const sending = setInterval(() => socket.write('more'), 20)
      socket
        .on('error', () => undefined)
        .on('close', () => {
          clearInterval(sending)
          open--
        })
      socket.on('data', (data) => {
        if (data.includes('GET')) socket.write(ANSWER)
        else clearInterval(sending)
      })
    })
    try {
      const result = await runCycles({
        ...settings,
        what: 'clients gone in the middle',
        fullCount: 10_000,
        atOnce: 50,
        script: poolScript(await listen(server)),
        cycle,
        isOver: () => accepted > 0 && open === 0,
      })
      return { ...result, figures: { ...result.figures, upstreamConnections: accepted } }
    } finally {
      server.close()
    }
  },
}

async function cycle(port: number, i: number): Promise<void> {
  const socket = await openSocket(port)
  const closed = whenClosed(socket)
  if (i % 2 === 0) {
    socket.write(DOWNLOAD)
    await once(socket, 'data')
  } else await new Promise<void>((resolve) => socket.write(UPLOAD, () => resolve()))
  if (i % 4 < 2) socket.destroy()
  else socket.resetAndDestroy()
  await closed
}
