import type { ServerResponse } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { HttpClient } from '../end-to-end/support/http-client.ts'
import { nodeExecutables } from '../end-to-end/support/node-executables.ts'
import { ProxyProcess } from '../end-to-end/support/proxy-process.ts'
import { createScriptFolder } from '../end-to-end/support/script-folder.ts'
import { Upstream } from '../end-to-end/support/upstream.ts'
import { LoadClient } from './support/load-client.ts'
import { forwardingModule, NUMBER_SCRIPT, portsTakenBy, readWorkerPids } from './support/worker-script.ts'

vi.setConfig({ testTimeout: 60_000 })

const REQUESTS_BEFORE_THE_SIGNAL = 1000

describe.each(nodeExecutables)('on Node $major', (node) => {
  test('kill -9 of a worker under load loses the requests that it was serving and no other, and it is started again', async () => {
    const held = new Map<string, ServerResponse>()
    const upstream = await Upstream.start('upstream', (request, response) => {
      const { url = '' } = request
      if (url.startsWith('/held')) held.set(url, response)
      else response.end(url)
    })
    const folder = createScriptFolder({ 'proxy.mjs': forwardingModule(upstream.address) })
    const proxy = await ProxyProcess.start(['--workers', '2', 'proxy.mjs'], { folder, node })
    await proxy.written(/Running 2 workers/)
    const [survivor, victim] = readWorkerPids(proxy.output) as [number, number]

    const waiting = await Promise.all(Array.from({ length: 20 }, () => HttpClient.connect(proxy.port)))
    const localPorts = waiting.map(({ socket }) => socket.localPort)
    const answers = waiting.map((client, i) => client.get(`/held/${i}`).catch((error: unknown) => error))
    await vi.waitFor(() => expect(held.size).toBe(waiting.length))
    const clients = [
      ...Array.from({ length: 10 }, (_, i) => new LoadClient(proxy.port, `kept-${i}`, 1000)),
      ...Array.from({ length: 10 }, (_, i) => new LoadClient(proxy.port, `short-${i}`, 1)),
    ]
    const runs = clients.map((client) => client.run())
    await upstream.received(REQUESTS_BEFORE_THE_SIGNAL)

    process.kill(victim, 'SIGKILL')
    const [, next] = await proxy.written(/Worker 2 serves again, as process (\d+)/)
    // Until the one that came back has taken some.
    await vi.waitFor(() => expect(portsTakenBy(Number(next), proxy.output).size).toBeGreaterThan(0), 20_000)
    for (const client of clients) client.stop()
    await Promise.all(runs)

    const lostPorts = portsTakenBy(victim, proxy.output)
    expect(lostPorts.size).toBeGreaterThan(0)
    const lost = clients.flatMap((client) => client.lost)
    // What it took in its last turn it could not tell any more. Nobody else has taken that either.
    const untold = lost.filter(({ port }) => port === undefined || !lostPorts.has(port))
    const othersPorts = new Set([survivor, Number(next)].flatMap((pid) => [...portsTakenBy(pid, proxy.output)]))
    expect(untold.filter(({ port }) => port === undefined || othersPorts.has(port))).toEqual([])
    expect(untold.length).toBeLessThan(5)
    // A client has one request under way.
    expect(lost.length).toBeLessThanOrEqual(clients.length)
    expect(clients.flatMap(({ wrong }) => wrong)).toEqual([])
    const answered = clients.reduce((sum, { answeredCount }) => sum + answeredCount, 0)
    expect(answered).toBeGreaterThanOrEqual(REQUESTS_BEFORE_THE_SIGNAL - clients.length - waiting.length)

    for (const response of held.values()) response.end('at last')
    const keptPorts = portsTakenBy(survivor, proxy.output)
    for (const [i] of waiting.entries()) {
      const isKept = keptPorts.has(localPorts[i] as number)
      expect(await answers[i]).toEqual(isKept ? expect.objectContaining({ body: 'at last' }) : expect.any(Error))
    }
    expect(proxy.output).toMatch(/ error Worker 2 \(pid \d+\) was killed by SIGKILL; starting it again\n/)
    proxy.signal('SIGTERM')
    expect(await proxy.ended).toEqual({ code: 0, signal: null })
  })

  test('connections are served while a worker is away, also by the one that is left of two', async () => {
    const folder = createScriptFolder({ 'proxy.js': NUMBER_SCRIPT })
    const proxy = await ProxyProcess.start(['--workers', '2', 'proxy.js'], { folder, node })
    await proxy.written(/Running 2 workers/)
    // The fourth start in a row waits for 400 ms.
    let [, pid = 0] = readWorkerPids(proxy.output)
    for (let i = 1; i <= 3; i++) {
      process.kill(pid, 'SIGKILL')
      const seen = new RegExp(`(?:Worker 2 serves again, as process (\\d+)[\\s\\S]*?){${i}}`)
      pid = Number((await proxy.written(seen))[1])
    }
    process.kill(pid, 'SIGKILL')
    await proxy.written(/starting it again in 400 ms/)
    const answers = new Set<string>()
    for (let i = 0; i < 50; i++) {
      const client = await HttpClient.connect(proxy.port)
      answers.add((await client.get('/')).body)
      client.socket.destroy()
    }
    expect([...answers].every((answer) => answer === '1' || answer === '2')).toBe(true)
    expect(answers).toContain('1')
  })

  test('SIGTERM to one worker under load loses no request, and another one takes its place', async () => {
    const upstream = await Upstream.start('upstream', (request, response) => response.end(request.url))
    const folder = createScriptFolder({ 'proxy.mjs': forwardingModule(upstream.address) })
    const proxy = await ProxyProcess.start(['--workers', '2', 'proxy.mjs'], { folder, node })
    await proxy.written(/Running 2 workers/)
    const [first] = readWorkerPids(proxy.output) as [number]
    const clients = [
      ...Array.from({ length: 10 }, (_, i) => new LoadClient(proxy.port, `kept-${i}`, 1000)),
      ...Array.from({ length: 10 }, (_, i) => new LoadClient(proxy.port, `short-${i}`, 1)),
    ]
    const runs = clients.map((client) => client.run())
    await upstream.received(REQUESTS_BEFORE_THE_SIGNAL)
    process.kill(first, 'SIGTERM')
    await proxy.written(/Worker 1 \(pid \d+\) was told to stop; starting it again\n/)
    await proxy.written(/Worker 1 serves again/)
    for (const client of clients) client.stop()
    await Promise.all(runs)
    expect(clients.flatMap(({ lost }) => lost)).toEqual([])
    expect(clients.flatMap(({ wrong }) => wrong)).toEqual([])
    expect(proxy.output).not.toMatch(/ (?:error|warn) /)
  })
})
