import { describe, expect, test, vi } from 'vitest'
import { startExample } from '../end-to-end/support/example.ts'
import { HttpClient } from '../end-to-end/support/http-client.ts'
import { MortalUpstream } from '../end-to-end/support/mortal-upstream.ts'
import { Upstream } from '../end-to-end/support/upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

describe.each(['proxy.js', 'proxy.ts'])('example 04-load-balancing, %s,', (form) => {
  const start = async (): Promise<{ first: Upstream; second: Upstream; port: number }> => {
    const single = await Upstream.start('single')
    const first = await Upstream.start('first')
    const second = await Upstream.start('second')
    const addresses = { 8080: single.address, 8081: first.address, 8082: second.address }
    const { port } = await startExample(`04-load-balancing/${form}`, addresses)
    return { first, second, port }
  }

  test('gives clients the instances of /hi in turn, and sends the rest to the other service', async () => {
    const { port } = await start()
    const bodies: string[] = []
    for (let i = 0; i < 4; i++) {
      const client = await HttpClient.connect(port)
      bodies.push((await client.get('/hi')).body, (await client.get('/hit')).body)
    }
    const round = ['first GET /hi', 'single GET /hit', 'second GET /hi', 'single GET /hit']
    expect(bodies).toEqual([...round, ...round])
  })

  test('keeps a client with the instance that it got, on one connection', async () => {
    const { port, first, second } = await start()
    const one = await HttpClient.connect(port)
    const other = await HttpClient.connect(port)
    const bodies: string[] = []
    for (const client of [one, other, one, one, other]) bodies.push((await client.get('/hi/x')).body)
    expect(bodies.map((body) => body.split(' ')[0])).toEqual(['first', 'second', 'first', 'first', 'second'])
    expect([first.acceptedCount, second.acceptedCount]).toEqual([1, 1])
  })

  test('hands the connection of a client that left to the next one that gets the same instance', async () => {
    const { port, first, second } = await start()
    for (let i = 0; i < 4; i++) {
      const client = await HttpClient.connect(port)
      await client.get('/hi')
      await client.leave()
    }
    expect(first.connections).toEqual([0, 0])
    expect(second.connections).toEqual([0, 0])
  })

  test('gives a client the other instance when its own is gone, and keeps it there', async () => {
    const single = await Upstream.start('single')
    const first = await MortalUpstream.start('first')
    const second = await MortalUpstream.start('second')
    const addresses = { 8080: single.address, 8081: first.address, 8082: second.address }
    const { port } = await startExample(`04-load-balancing/${form}`, addresses)
    const client = await HttpClient.connect(port)
    expect((await client.get('/hi')).body).toBe('first GET /hi')
    await first.kill()
    expect(await client.get('/hi')).toMatchObject({ status: 200, body: 'second GET /hi' })
    await first.revive()
    for (let i = 0; i < 4; i++) expect((await client.get('/hi')).body).toBe('second GET /hi')
  })
})
