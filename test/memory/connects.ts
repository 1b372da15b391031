import { once } from 'node:events'
import { createServer } from 'node:net'
import { runCycles } from './cycles.ts'
import { listen, openSocket, whenClosed } from './sockets.ts'
import type { Work } from './work.ts'

/** CONNECT tunnels, opened and closed from either side, in good order and by a reset. */
export const connects: Work = {
  name: 'connects',
  run: async (settings) => {
    let accepted = 0
    let open = 0
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      accepted++
      open++
      socket.on('close', () => open--)
      socket.on('error', () => undefined).on('end', () => socket.end())
      socket.on('data', (data) => {
        socket.write(data)
        if (data.includes('end')) socket.end()
        else if (data.includes('reset')) setImmediate(() => socket.resetAndDestroy())
      })
    })
    const target = await listen(server)
    try {
      return await runCycles({
        ...settings,
        what: 'CONNECT tunnels opened and ended',
        fullCount: 10_000,
        atOnce: 50,
        script: `pipy()
          .listen('127.0.0.1:0')
            .demuxHTTP('request')
          .pipeline('request')
            .acceptHTTPTunnel('tunnel', () => new Message({ status: 200 }))
          .pipeline('tunnel')
            .connect('127.0.0.1:${target}')`,
        cycle: (port, i) => cycle(port, `127.0.0.1:${target}`, i % 4),
        isOver: () => accepted > 0 && open === 0,
      })
    } finally {
      server.close()
    }
  },
}

async function cycle(port: number, target: string, way: number): Promise<void> {
  const socket = await openSocket(port)
  const closed = whenClosed(socket)
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`)
  await once(socket, 'data')
  socket.write(way === 0 ? 'end' : way === 1 ? 'reset' : 'hello')
  if (way >= 2) await once(socket, 'data')
  if (way === 2) socket.end()
  else if (way === 3) socket.resetAndDestroy()
  else socket.on('end', () => socket.end()).resume()
  socket.resume()
  await closed
}
