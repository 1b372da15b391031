import { once } from 'node:events'
import { createServer } from 'node:net'
import { runCycles } from './cycles.ts'
import { listen, openSocket, whenClosed } from './sockets.ts'
import type { Work } from './work.ts'

const WAYS = ['client ends', 'server ends', 'client resets', 'server resets', 'refused'] as const

/** CONNECT tunnels, opened and closed from either side, in good order and by a reset, and refused. */
export const connects: Work = {
  name: 'connects',
  run: async (settings) => {
    let accepted = 0
    let closed = 0
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      accepted++
      socket.on('close', () => closed++)
      socket.on('error', () => undefined).on('end', () => socket.end())
      socket.on('data', (data) => {
        socket.write(data)
        if (data.includes('server ends')) socket.end()
        else if (data.includes('server resets')) setImmediate(() => socket.resetAndDestroy())
      })
    })
    const target = `127.0.0.1:${await listen(server)}`
    try {
      return await runCycles({
        ...settings,
        what: 'CONNECT tunnels opened and ended, or refused',
        script: tunnelScript(target),
        cycle: (port, i) => cycle(port, target, WAYS[i % WAYS.length] ?? 'refused'),
        isOver: (count) => accepted === (count * (WAYS.length - 1)) / WAYS.length && closed === accepted,
      })
    } finally {
      server.close()
    }
  },
}

/** Opens tunnels to one target and to no other. */
function tunnelScript(target: string): string {
  return `pipy()
.listen('127.0.0.1:0')
  .demuxHTTP('request')
.pipeline('request')
  .acceptHTTPTunnel('tunnel', ({ head }) => new Message({ status: head.path === '${target}' ? 200 : 403 }))
.pipeline('tunnel')
  .connect('${target}')
`
}

async function cycle(port: number, target: string, way: (typeof WAYS)[number]): Promise<void> {
  const socket = await openSocket(port)
  const closed = whenClosed(socket)
  const asked = way === 'refused' ? '127.0.0.1:1' : target
  socket.write(`CONNECT ${asked} HTTP/1.1\r\nHost: ${asked}\r\n\r\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  const status = answer.toString('latin1').slice(0, 12)
  if (status !== `HTTP/1.1 ${way === 'refused' ? 403 : 200}`) throw new Error(`Cannot use tunnel: answered "${status}"`)
  if (way !== 'refused') {
    const echoed = new Promise((resolve) => socket.once('data', resolve))
    socket.write(way)
    // A server that resets may take its last bytes along.
    await Promise.race([echoed, closed])
  }
  if (way === 'client resets') socket.resetAndDestroy()
  else if (way === 'client ends') socket.end()
  socket.resume()
  await closed
}
