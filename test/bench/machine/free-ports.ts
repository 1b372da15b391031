import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'

/** As many different ports of 127.0.0.1 as asked for, free at the moment. */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers: Server[] = []
  // All are held open together, so that no port comes twice.
  for (let i = 0; i < count; i++) {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
