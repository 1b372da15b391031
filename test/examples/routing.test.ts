import { describe, expect, test, vi } from 'vitest'
import { startExample } from '../end-to-end/support/example.ts'
import { HttpClient } from '../end-to-end/support/http-client.ts'
import { Upstream } from '../end-to-end/support/upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

describe.each(['proxy.js', 'proxy.ts'])('example 02-routing, %s,', (form) => {
  test('sends /hi and what is below it to 8081, all else to 8080', async () => {
    const upstreams = { 8080: await Upstream.start('eighty'), 8081: await Upstream.start('eighty-one') }
    const { port } = await startExample(`02-routing/${form}`, addressesOf(upstreams))
    const client = await HttpClient.connect(port)
    const bodies: string[] = []
    for (const path of ['/', '/hi', '/hi/x?y=/z', '/hit', '/high/hi']) bodies.push((await client.get(path)).body)
    expect(bodies).toEqual([
      'eighty GET /',
      'eighty-one GET /hi',
      'eighty-one GET /hi/x?y=/z',
      'eighty GET /hit',
      'eighty GET /high/hi',
    ])
  })

  test('uses one connection to each upstream for all clients', async () => {
    const upstreams = { 8080: await Upstream.start('eighty'), 8081: await Upstream.start('eighty-one') }
    const { port } = await startExample(`02-routing/${form}`, addressesOf(upstreams))
    for (let i = 0; i < 3; i++) {
      const client = await HttpClient.connect(port)
      await client.get('/')
      await client.get('/hi')
    }
    expect(upstreams[8080].connections).toEqual([0, 0, 0])
    expect(upstreams[8081].connections).toEqual([0, 0, 0])
  })
})

function addressesOf(upstreams: Readonly<Record<number, Upstream>>): Record<number, string> {
  return Object.fromEntries(Object.entries(upstreams).map(([port, { address }]) => [port, address]))
}
