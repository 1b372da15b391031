import { type AddressInfo, createServer, type Server } from 'node:net'
import { Agent, get } from 'node:http'
import { expect, test, vi } from 'vitest'
import { createDemoProxy, DEMO_PORTS, describeDemo } from '../../adapters/node/command/demo-proxy.ts'
import { NodeLog } from '../../adapters/node/node-log.ts'
import { serve } from '../../adapters/node/serve.ts'
import { CommandProcess } from './command-process.ts'

vi.setConfig({ testTimeout: 30_000 })

/** Ports that were free just now. */
async function findFreePorts(count: number): Promise<number[]> {
  const servers: Server[] = []
  for (let i = 0; i < count; i++) {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

function request(port: number, path: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => resolve(text))
    }).on('error', reject)
  })
}

test('the demo routes by path, keeps the connections of a client and hands them on when it leaves', async () => {
  const [proxy, first, second] = (await findFreePorts(3)) as [number, number, number]
  const server = await serve(createDemoProxy({ proxy, upstreams: [first, second] }), {
    log: new NodeLog({ level: 'silent' }),
  })
  const client = (): Agent => new Agent({ keepAlive: true, maxSockets: 1 })
  const [one, two] = [client(), client()]

  expect(await request(proxy, '/a', one)).toBe(`upstream ${first} got GET /a on its connection 1\n`)
  expect(await request(proxy, '/b', one)).toBe(`upstream ${first} got GET /b on its connection 1\n`)
  expect(await request(proxy, '/hi/c', one)).toBe(`upstream ${second} got GET /hi/c on its connection 1\n`)
  expect(await request(proxy, '/d', two)).toBe(`upstream ${first} got GET /d on its connection 2\n`)

  one.destroy()
  await vi.waitFor(() => expect(server.connectionCount).toBeLessThan(5))
  const three = client()
  expect(await request(proxy, '/e', three)).toBe(`upstream ${first} got GET /e on its connection 1\n`)

  two.destroy()
  three.destroy()
  await server.close()
})

test('the command without a script says what the demo is, or which port is taken', async () => {
  const command = new CommandProcess([])
  const isTaken = await Promise.race([
    command.written(/curl http:/).then(() => false),
    command.ended.then(() => true),
  ]).catch(() => true)
  if (isTaken) {
    const { code, stderr, stdout } = await command.ended
    expect(stderr).toMatch(/^sluice: Cannot listen on "\S*:(?:8000|8080|8081)": the port is in use.*\n$/)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    return
  }
  expect((await command.get('/hi/there')).text).toBe('upstream 8081 got GET /hi/there on its connection 1\n')
  // A second one finds the ports taken.
  const { code, stderr } = await CommandProcess.run([])
  expect(stderr).toMatch(/^sluice: Cannot listen on "\*:8000": the port is in use/)
  expect(code).toBe(1)
  command.signal('SIGINT')
  const { stdout } = await command.ended
  expect(stdout).toContain('Listening on *:8000\nListening on 127.0.0.1:8080\nListening on 127.0.0.1:8081\n')
  expect(stdout).toContain(describeDemo(DEMO_PORTS))
})
