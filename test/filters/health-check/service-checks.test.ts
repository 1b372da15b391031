import { createServer, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { NodeTransport } from '../../../adapters/node/node-transport.ts'
import { Service } from '../../../src/algorithms/service/service.ts'
import type { TargetStateChange } from '../../../src/algorithms/service/target-state.ts'
import { createServiceRuntime } from '../../../src/filters/health-check/create-service-runtime.ts'
import { http1 } from '../../../src/http/http1.ts'
import { RecordingLog } from '../../support/recording-log.ts'

const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
})

/** A server that answers with the status which it is set to. */
async function listen(port = 0): Promise<{ server: Server; port: number; state: { status: number } }> {
  const state = { status: 200 }
  const server = createServer((_, response) => response.writeHead(state.status).end())
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { server, port: (server.address() as { port: number }).port, state }
}

/** Waits for the next change to a state. */
function change(service: Service, to: string): Promise<TargetStateChange> {
  return new Promise((resolve) => {
    const leave = service.subscribe((one) => {
      if (one.to !== to) return
      leave()
      resolve(one)
    })
  })
}

test('a service over real sockets finds out who is well, who answers badly, and who is gone and comes back', async () => {
  const [first, second] = [await listen(), await listen()]
  const targets = [`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`]
  const check = { type: 'http', intervalMs: 20, healthyThreshold: 2, unhealthyThreshold: 2 } as const
  const service = new Service({ targets, health: { check, panicThreshold: 0 } })
  const log = new RecordingLog()
  const detach = service.attach(createServiceRuntime({ transport: new NodeTransport(), log, http1 }))

  const sick = change(service, 'unhealthy')
  first.state.status = 500
  expect(await sick).toMatchObject({
    target: { address: targets[0] },
    reason: expect.stringContaining('it answered 500'),
  })
  expect([service.pick()?.address, service.pick()?.address]).toEqual([targets[1], targets[1]])
  const well = change(service, 'healthy')
  first.state.status = 200
  expect((await well).target.address).toBe(targets[0])

  const gone = change(service, 'unhealthy')
  second.server.closeAllConnections()
  await new Promise((resolve) => second.server.close(resolve))
  expect((await gone).target.address).toBe(targets[1])
  const back = change(service, 'healthy')
  await listen(second.port)
  expect((await back).reason).toBe('2 health checks in a row went well')

  detach()
  const { checks } = service.statistics
  expect(checks).toBeGreaterThan(8)
  expect(log.entries).toEqual([])
})
