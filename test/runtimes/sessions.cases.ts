import type { ServerResponse } from 'node:http'
import { expect } from 'vitest'
import type { FeatureCases } from './support/scenario.ts'

export const POOL: FeatureCases = {
  feature: 'pooled connections',
  describe: (scenario) => {
    scenario('ten requests of one client use one upstream connection', ['sharedSockets'], async (world) => {
      const upstream = await world.upstream((_, response) => response.end('x'))
      const client = world.client()
      for (let i = 0; i < 10; i++) await client.ask('/at/', [upstream.address])
      expect(upstream.sockets.length).toBe(1)
    })

    scenario('a client that has left gives its connection to the next one', ['sharedSockets'], async (world) => {
      const upstream = await world.upstream((_, response) => response.end('x'))
      for (let i = 0; i < 5; i++) {
        const client = world.client()
        await client.ask('/at/', [upstream.address])
        await client.leave()
      }
      expect(upstream.sockets.length).toBe(1)
    })

    scenario('clients at the same time have connections of their own', ['sharedSockets'], async (world) => {
      const held: ServerResponse[] = []
      const upstream = await world.upstream(({ url }, response) => {
        if (url !== '/at/held') {
          response.end('next')
          return
        }
        held.push(response)
        if (held.length === 3) for (const [i, each] of held.entries()) each.end(String(i))
      })
      const clients = [1, 2, 3].map(() => world.client())
      const answers = await Promise.all(clients.map((client) => client.ask('/at/held', [upstream.address])))
      expect(answers.map(({ text }) => text).sort()).toEqual(['0', '1', '2'])
      expect(upstream.sockets.length).toBe(3)
      for (const client of clients) await client.leave()
      const late = world.client()
      expect((await late.ask('/at/next', [upstream.address])).text).toBe('next')
      expect(upstream.sockets.length).toBe(3)
    })

    scenario(
      'a connection whose answer was not read to its end is not used again',
      ['sharedSockets'],
      async (world) => {
        const upstream = await world.upstream(({ url }, response) => {
          if (url === '/at/next') response.end('next')
          else {
            const timer = setInterval(() => response.write('more'), 20)
            world.onEnd(() => clearInterval(timer))
          }
        })
        const message = world.client().open('/at/held', [upstream.address])
        message.end()
        await new Promise((resolve) => message.once('response', resolve))
        const [socket] = upstream.sockets
        const closed = new Promise((resolve) => socket?.once('close', resolve))
        message.destroy()
        await closed
        expect((await world.client().ask('/at/next', [upstream.address])).text).toBe('next')
        expect(upstream.sockets.length).toBe(2)
      },
    )
  },
}

export const SESSIONS: FeatureCases = {
  feature: "sessions' variables",
  describe: (scenario) => {
    scenario('a client finds its own again, on its connection', ['tcpListen'], async (world) => {
      const [one, other] = [world.client(), world.client()]
      const answers: string[] = []
      for (const client of [one, other, one, other, one]) answers.push((await client.ask('/client')).text)
      const ids = answers.map((answer) => answer.split(' ')[0])
      expect(new Set(ids).size).toBe(2)
      expect([ids[0], ids[1]]).toEqual([ids[2], ids[3]])
      expect(answers.map((answer) => answer.split(' ')[1])).toEqual(['1', '1', '2', '2', '3'])
    })

    scenario('no client finds those of another one', [], async (world) => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => world.client().ask('/client')))
      expect(new Set(answers.map(({ text }) => text.split(' ')[0])).size).toBe(20)
      expect(answers.map(({ text }) => text.split(' ')[1])).toEqual(Array.from({ length: 20 }, () => '1'))
    })

    scenario('what a request left is there when its answer comes, and only its own', [], async (world) => {
      const held: (() => void)[] = []
      const upstream = await world.upstream((_, response) => {
        held.push(() => response.end())
        // The last one that came is the first one to be answered.
        if (held.length === 6) for (const answer of held.reverse()) answer()
      })
      const paths = Array.from({ length: 6 }, (_, i) => `/noted/${i}`)
      const answers = await Promise.all(paths.map((path) => world.client().ask(path, [upstream.address])))
      expect(answers.map(({ headers }) => headers['x-note'])).toEqual(paths)
    })
  },
}

const MANY = 200

export const MANY_AT_ONCE: FeatureCases = {
  feature: '200 requests at once',
  describe: (scenario) => {
    scenario('each gets its own answer, when the last that came is answered first', [], async (world) => {
      const { maxConnections = MANY } = world.runtime
      const held: (() => void)[] = []
      let arrived = 0
      const upstream = await world.upstream((request, response) => {
        let body = ''
        request.setEncoding('utf8').on('data', (piece: string) => {
          body += piece
        })
        request.on('end', () => {
          held.push(() => response.end(`${request.url} ${body}`))
          if (++arrived < MANY && held.length < maxConnections) return
          for (const answer of held.splice(0).reverse()) answer()
        })
      })
      const answers = await Promise.all(
        Array.from({ length: MANY }, (_, i) =>
          world.client().ask(`/at/${i}`, [upstream.address], { method: 'POST', body: `body of ${i}` }),
        ),
      )
      expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: MANY }, (_, i) => `/at/${i} body of ${i}`))
    })
  },
}
