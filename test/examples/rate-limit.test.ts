import type { RequestListener, ServerResponse } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { startExample } from '../end-to-end/support/example.ts'
import { HttpClient } from '../end-to-end/support/http-client.ts'
import { Upstream } from '../end-to-end/support/upstream.ts'

vi.setConfig({ testTimeout: 30_000 })

describe.each(['proxy.js', 'proxy.ts'])('example 06-rate-limit, %s,', (form) => {
  const start = async (respond?: RequestListener): Promise<number> => {
    const upstream = await Upstream.start('service', respond)
    return (await startExample(`06-rate-limit/${form}`, { 8080: upstream.address })).port
  }

  test('answers five requests of a client, on however many connections, and refuses the sixth with Retry-After', async () => {
    const port = await start()
    const clients = await Promise.all(Array.from({ length: 7 }, () => HttpClient.connect(port)))
    const answers = await Promise.all(clients.map((client, i) => client.get(`/${i}`)))
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([...Array.from({ length: 5 }, () => 200), 429, 429])
    const refused = answers.find(({ status }) => status === 429)
    expect(refused?.body).toBe('Too Many Requests\n')
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0)
    expect(Number(refused?.headers['retry-after'])).toBeLessThanOrEqual(60)
    // The connection goes on, and health probes are not counted.
    expect(await clients[6]?.get('/health')).toMatchObject({ status: 200, body: 'service GET /health' })
  })

  test('lets no more than a hundred requests at once through to the service, and loses none of those that wait', async () => {
    const held: ServerResponse[] = []
    let most = 0
    const port = await start((_, response) => {
      held.push(response)
      most = Math.max(most, held.length)
    })
    const clients = await Promise.all(Array.from({ length: 130 }, () => HttpClient.connect(port)))
    const answers = clients.map((client) => client.get('/health'))
    await vi.waitUntil(() => held.length === 100, 20_000)
    let answered = 0
    const all = Promise.all(answers.map(async (answer) => (await answer).status))
    while (answered < 130) {
      await vi.waitUntil(() => held.length > 0, 20_000)
      held.shift()?.end('done')
      answered++
    }
    expect(await all).toEqual(Array.from({ length: 130 }, () => 200))
    expect(most).toBe(100)
  })
})
