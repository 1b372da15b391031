import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { HttpClient } from '../end-to-end/support/http-client.ts'
import { currentNode, type NodeExecutable, nodeExecutables } from '../end-to-end/support/node-executables.ts'
import { ProxyProcess } from '../end-to-end/support/proxy-process.ts'
import { createScriptFolder } from '../end-to-end/support/script-folder.ts'
import { SteadyClient } from '../end-to-end/support/steady-client.ts'
import { Upstream } from '../end-to-end/support/upstream.ts'
import { LoadClient } from './support/load-client.ts'
import { forwardingModule, isRunning, portsTakenBy, readWorkerPids } from './support/worker-script.ts'

vi.setConfig({ testTimeout: 60_000 })

const REQUESTS_BEFORE_THE_SIGNAL = 1000

interface Forwarding {
  readonly proxy: ProxyProcess
  readonly upstream: Upstream
  /** Answers that are begun and not ended, to requests of `/held`. */
  readonly held: ServerResponse[]
  readonly pids: readonly number[]
}

/** Two workers before an upstream that answers `/held` when the test does. */
async function start(node: NodeExecutable, drainTimeout = '1h'): Promise<Forwarding> {
  const held: ServerResponse[] = []
  const upstream = await Upstream.start('upstream', (request, response) => {
    if (request.url !== '/held') return response.end(request.url)
    response.write('first half, ')
    return held.push(response)
  })
  const folder = createScriptFolder({ 'proxy.mjs': forwardingModule(upstream.address) })
  const options = ['--workers', '2', '--drain-timeout', drainTimeout, 'proxy.mjs']
  const proxy = await ProxyProcess.start(options, { folder, node })
  await proxy.written(/Running 2 workers/)
  return { proxy, upstream, held, pids: readWorkerPids(proxy.output) }
}

/** Clients with a request under way, in both workers. */
async function hold({ proxy, held }: Forwarding): Promise<HttpClient[]> {
  const clients: HttpClient[] = []
  while (new Set(proxy.output.match(/process \d+ took/g)).size < 2) {
    const client = await HttpClient.connect(proxy.port)
    client.send('GET /held HTTP/1.1\r\nHost: a\r\n\r\n')
    clients.push(client)
    await vi.waitFor(() => expect(held.length).toBe(clients.length))
  }
  return clients
}

async function expectRefused(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' })
  const outcome = await new Promise((resolve) => {
    socket.once('connect', () => resolve('connected'))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
  socket.destroy()
  expect(outcome).toBe('ECONNREFUSED')
}

describe.each(nodeExecutables)('on Node $major', (node) => {
  test('SIGTERM under load loses no request of any worker, and ends with 0', async () => {
    const { proxy, upstream, pids } = await start(node)
    const steady = await Promise.all(
      Array.from({ length: 20 }, (_, i) => SteadyClient.connect(proxy.port, `steady-${i}`)),
    )
    const short = Array.from({ length: 10 }, (_, i) => new LoadClient(proxy.port, `short-${i}`, 1))
    const runs = [...steady, ...short].map((client) => client.run())
    await upstream.received(REQUESTS_BEFORE_THE_SIGNAL)
    proxy.signal('SIGTERM')
    await Promise.all(runs)
    expect(await proxy.ended).toEqual({ code: 0, signal: null })
    expect(steady.flatMap(({ failure }) => failure ?? [])).toEqual([])
    // Who arrives in the instant in which a port is closed may be reset: nobody has accepted the connection then.
    const taken = new Set(pids.flatMap((pid) => [...portsTakenBy(pid, proxy.output)]))
    expect(short.flatMap(({ lost }) => lost).filter(({ port }) => port === undefined || taken.has(port))).toEqual([])
    const answeredCount =
      steady.reduce((sum, { answered }) => sum + answered.length, 0) +
      short.reduce((sum, client) => sum + client.answeredCount, 0)
    expect(answeredCount).toBe(upstream.requests.length)
    expect(proxy.output).not.toMatch(/ (?:error|warn) /)
    expect(pids.filter(isRunning)).toEqual([])
  })

  test('a second signal ends all processes at once', async () => {
    const forwarding = await start(node)
    const { proxy, pids } = forwarding
    await hold(forwarding)
    const idle = await HttpClient.connect(proxy.port)
    proxy.signal('SIGTERM')
    expect(await idle.readToEnd()).toBe('')
    proxy.signal('SIGINT')
    expect(await proxy.ended).toEqual({ code: 130, signal: null })
    await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]))
  })

  test('workers whose primary was killed answer what they have begun, listen no more, and end', async () => {
    const forwarding = await start(node)
    const { proxy, held, pids } = forwarding
    const clients = await hold(forwarding)
    proxy.signal('SIGKILL')
    await vi.waitFor(() => expectRefused(proxy.port))
    for (const response of held) response.end('second half')
    for (const client of clients) {
      expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'first half, second half' })
    }
    await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), 10_000)
  })
})

test('SIGINT to all processes, as Ctrl+C sends it, is one signal: requests in flight are answered', async () => {
  const forwarding = await start(currentNode)
  const { proxy, held, pids } = forwarding
  const clients = await hold(forwarding)
  const idle = await HttpClient.connect(proxy.port)
  for (const pid of [...pids, proxy.pid]) process.kill(pid, 'SIGINT')
  expect(await idle.readToEnd()).toBe('')
  expect(pids.filter(isRunning)).toEqual(pids)
  for (const response of held) response.end('second half')
  for (const client of clients) {
    expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'first half, second half' })
  }
  expect(await proxy.ended).toEqual({ code: 0, signal: null })
  expect(proxy.output).not.toMatch(/ (?:error|warn) /)
})

test('SIGTERM to all processes, as a service manager sends it, is one signal too', async () => {
  const forwarding = await start(currentNode)
  const { proxy, held, pids } = forwarding
  const clients = await hold(forwarding)
  for (const pid of [...pids, proxy.pid]) process.kill(pid, 'SIGTERM')
  await vi.waitFor(() => expectRefused(proxy.port))
  for (const response of held) response.end('second half')
  for (const client of clients) expect(await client.readAnswer()).toMatchObject({ status: 200 })
  expect(await proxy.ended).toEqual({ code: 0, signal: null })
})

test('--drain-timeout bounds how long each worker waits', async () => {
  const forwarding = await start(currentNode, '0.2')
  await hold(forwarding)
  forwarding.proxy.signal('SIGTERM')
  expect(await forwarding.proxy.ended).toEqual({ code: 0, signal: null })
  expect(forwarding.proxy.output).toMatch(/\[worker \d\] \S+ warn Closing \d+ connections: not done after 200 ms\n/)
})
