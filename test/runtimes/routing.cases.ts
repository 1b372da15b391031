import { expect } from 'vitest'
import type { FeatureCases } from './support/scenario.ts'

export const ROUTING: FeatureCases = {
  feature: 'routes by path and host; 404',
  describe: (scenario) => {
    scenario('a path chooses its upstream by whole segments', [], async (world) => {
      const first = await world.upstream(({ url }, response) => response.end(`first ${url}`))
      const second = await world.upstream(({ url }, response) => response.end(`second ${url}`))
      const client = world.client()
      const bodies: string[] = []
      for (const path of ['/at/', '/at/second', '/at/second/x?y=/z', '/at/seconds', '/at']) {
        bodies.push((await client.ask(path, [first.address, second.address])).text)
      }
      expect(bodies).toEqual([
        'first /at/',
        'second /at/second',
        'second /at/second/x?y=/z',
        'first /at/seconds',
        'first /at',
      ])
    })

    scenario('a host chooses its upstream', [], async (world) => {
      const first = await world.upstream((_, response) => response.end('first'))
      const second = await world.upstream((_, response) => response.end('second'))
      const client = world.client()
      const bodies: string[] = []
      for (const host of ['second.test', 'SECOND.test:8000', 'other.test']) {
        bodies.push((await client.ask('/at/', [first.address, second.address], { headers: { host } })).text)
      }
      expect(bodies).toEqual(['second', 'second', 'first'])
    })

    scenario('what no route fits is answered 404 by the proxy, and the client goes on', [], async (world) => {
      const upstream = await world.upstream((_, response) => response.end('upstream'))
      const client = world.client()
      expect(await client.ask('/nowhere')).toMatchObject({ status: 404, statusText: 'Not Found', text: 'No route' })
      expect(await client.ask('/at/', [upstream.address])).toMatchObject({ status: 200, text: 'upstream' })
    })
  },
}
