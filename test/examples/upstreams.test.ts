import { expect, test, vi } from 'vitest'
import { startExample } from '../end-to-end/support/example.ts'
import { HttpClient } from '../end-to-end/support/http-client.ts'

vi.setConfig({ testTimeout: 20_000 })

test('examples/upstreams.js says which port, connection and request of it each request is', async () => {
  const { ports } = await startExample('upstreams.js', {}, { listenerCount: 3 })
  const bodies: string[] = []
  for (const port of ports) {
    const client = await HttpClient.connect(port)
    for (const path of ['/', '/again']) bodies.push((await client.get(path)).body)
  }
  expect(bodies).toEqual([
    `GET / reached port ${ports[0]}: connection 1, request 1\n`,
    `GET /again reached port ${ports[0]}: connection 1, request 2\n`,
    `GET / reached port ${ports[1]}: connection 2, request 1\n`,
    `GET /again reached port ${ports[1]}: connection 2, request 2\n`,
    `GET / reached port ${ports[2]}: connection 3, request 1\n`,
    `GET /again reached port ${ports[2]}: connection 3, request 2\n`,
  ])
})
