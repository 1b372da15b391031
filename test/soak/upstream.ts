/** The upstream's process, which {@link UpstreamProcess} forks: `upstream.ts SEED REQUESTS LISTENERS`. */
import { type AddressInfo, createServer } from 'node:net'
import { seededRandom } from '../support/seeded-random.ts'
import { ClosingConnection } from './closing-connection.ts'
import { UpstreamCounters } from './upstream-counters.ts'

const [seed = 0, requests = 0, listeners = 0] = process.argv.slice(2).map(Number)
const counters = new UpstreamCounters(requests)
const random = seededRandom(seed)
const ports: number[] = []

for (let index = 0; index < listeners; index++) {
  const server = createServer((socket) => new ClosingConnection(socket, seed, random, counters))
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    ports[index] = (server.address() as AddressInfo).port
    if (ports.filter(Boolean).length === listeners) process.send?.({ ports })
  })
}

process.on('message', () => process.send?.({ counters }))
// Whoever started it is gone.
process.on('disconnect', () => process.exit())
