import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { HttpClient } from './support/http-client.ts'
import { Upstream } from './support/upstream.ts'

/** Starts the connection-pool proxy with upstream addresses by URL pattern. @returns the port that it listens on */
export type StartPool = (routes: Readonly<Record<string, string>>) => Promise<number>

interface StartedPool {
  readonly eighty: Upstream
  readonly eightyOne: Upstream
  readonly port: number
}

async function startWithUpstreams(startPool: StartPool): Promise<StartedPool> {
  const eighty = await Upstream.start('eighty')
  const eightyOne = await Upstream.start('eighty-one')
  const port = await startPool({ '/*': eighty.address, '/hi/*': eightyOne.address })
  return { eighty, eightyOne, port }
}

/** The main job in short, for one more place that the same proxy runs in: routes, pools, and hands connections on. */
export async function expectConnectionPool(startPool: StartPool): Promise<void> {
  const { port, eighty, eightyOne } = await startWithUpstreams(startPool)
  const bodies: string[] = []
  for (let i = 0; i < 2; i++) {
    const client = await HttpClient.connect(port)
    for (const path of ['/', '/hi', '/hit', '/hi/x']) bodies.push((await client.get(path)).body)
    await client.leave()
  }
  const ofOneClient = ['eighty GET /', 'eighty-one GET /hi', 'eighty GET /hit', 'eighty-one GET /hi/x']
  expect(bodies).toEqual([...ofOneClient, ...ofOneClient])
  expect([eighty.acceptedCount, eightyOne.acceptedCount]).toEqual([1, 1])
}

/** What the connection-pool proxy does, in whichever form it is written. */
export function describeConnectionPool(title: string, startPool: StartPool): void {
  const start = (): Promise<StartedPool> => startWithUpstreams(startPool)

  describe(title, () => {
    test('sends /hi and what is below it to one upstream, all else to the other', async () => {
      const { port } = await start()
      const client = await HttpClient.connect(port)
      const bodies: string[] = []
      for (const path of ['/hi', '/', '/hi/x', '/hit', '/hi?a=/b']) bodies.push((await client.get(path)).body)
      expect(bodies).toEqual([
        'eighty-one GET /hi',
        'eighty GET /',
        'eighty-one GET /hi/x',
        'eighty GET /hit',
        'eighty-one GET /hi?a=/b',
      ])
    })

    test('answers 404 when no rule fits, and the connection stays usable', async () => {
      const eightyOne = await Upstream.start('eighty-one')
      const client = await HttpClient.connect(await startPool({ '/hi/*': eightyOne.address }))
      expect(await client.get('/')).toMatchObject({ status: 404, body: 'No route' })
      expect(await client.get('/hi')).toMatchObject({ status: 200, body: 'eighty-one GET /hi' })
    })

    test("keeps a client's requests to one upstream on one connection", async () => {
      const { port, eighty, eightyOne } = await start()
      const client = await HttpClient.connect(port)
      for (const path of ['/1', '/hi/1', '/2', '/hi/2', '/3', '/hi/3']) await client.get(path)
      expect(eighty.connections).toEqual([0, 0, 0])
      expect(eightyOne.connections).toEqual([0, 0, 0])
    })

    test('gives clients that are there at the same time connections of their own', async () => {
      const { port, eighty } = await start()
      const first = await HttpClient.connect(port)
      const second = await HttpClient.connect(port)
      for (const client of [first, second, first, second]) await client.get('/')
      expect(eighty.connections).toEqual([0, 1, 0, 1])
    })

    test('hands the connection of a client that left to the next one', async () => {
      const { port, eighty, eightyOne } = await start()
      for (let i = 0; i < 3; i++) {
        const client = await HttpClient.connect(port)
        await client.get('/')
        await client.get('/hi')
        await client.leave()
      }
      expect(eighty.connections).toEqual([0, 0, 0])
      expect([eighty.acceptedCount, eightyOne.acceptedCount]).toEqual([1, 1])
    })

    test('lets no client wait for the answer that another one waits for', async () => {
      let held: ServerResponse | undefined
      const eighty = await Upstream.start('eighty', ({ url }, response) => {
        if (url === '/slow') held = response
        else response.end('at once')
      })
      const port = await startPool({ '/*': eighty.address })
      const patient = await HttpClient.connect(port)
      const slowAnswer = patient.get('/slow')
      const other = await HttpClient.connect(port)
      await eighty.received(1)
      expect(await other.get('/quick')).toMatchObject({ status: 200, body: 'at once' })
      held?.end('at last')
      expect(await slowAnswer).toMatchObject({ status: 200, body: 'at last' })
    })
  })
}
