import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect } from 'vitest'
import { findClosedAddress } from '../end-to-end/support/closed-address.ts'
import { nextBytes } from './support/next-bytes.ts'
import type { FeatureCases, World } from './support/scenario.ts'
import { headOf, readAnswer } from './support/test-client.ts'
import type { TestUpstream } from './support/test-upstream.ts'

/** An upstream whose requests a test waits for. */
async function startWaiting(
  world: World,
  respond: (response: ServerResponse) => void = () => undefined,
): Promise<{ upstream: TestUpstream; requested: Promise<{ request: IncomingMessage; closed: Promise<unknown> }> }> {
  let tell: (value: { request: IncomingMessage; closed: Promise<unknown> }) => void
  const requested = new Promise<{ request: IncomingMessage; closed: Promise<unknown> }>((resolve) => (tell = resolve))
  const upstream = await world.upstream((request, response) => {
    if (request.url === '/at/next') {
      response.end('next')
      return
    }
    request.on('error', () => undefined)
    tell({ request, closed: new Promise((resolve) => request.socket.once('close', resolve)) })
    respond(response)
  })
  return { upstream, requested }
}

/** Writes on and on. That a client is gone shows when something is sent to it: it may just have ended its requests. */
function writeOn(world: World, response: ServerResponse): void {
  const timer = setInterval(() => response.write('more'), 20)
  world.onEnd(() => clearInterval(timer))
}

export const LEAVING_CLIENTS: FeatureCases = {
  feature: 'clients that leave',
  describe: (scenario) => {
    // A server cannot tell a client that has closed its connection from one that will send no more; only a reset says so.
    scenario("before the answer, with a reset: the upstream's connection is closed", [], async (world) => {
      const { upstream, requested } = await startWaiting(world)
      const message = world.client().open('/at/held', [upstream.address])
      message.end()
      const { closed } = await requested
      message.socket?.resetAndDestroy()
      await closed
      expect((await world.client().ask('/at/next', [upstream.address])).text).toBe('next')
    })

    scenario("before the answer, in good order: the upstream's connection is closed", ['tcpListen'], async (world) => {
      const { upstream, requested } = await startWaiting(world)
      const message = world.client().open('/at/held', [upstream.address])
      message.end()
      const { closed } = await requested
      message.destroy()
      await closed
      expect((await world.client().ask('/at/next', [upstream.address])).text).toBe('next')
    })

    scenario("inside the answer: the upstream's connection is closed", [], async (world) => {
      const { upstream, requested } = await startWaiting(world, (response) => writeOn(world, response))
      const message = world.client().open('/at/held', [upstream.address])
      message.end()
      const { closed } = await requested
      expect(await nextBytes(await headOf(message))).toMatch(/^more/)
      message.destroy()
      await closed
      expect((await world.client().ask('/at/next', [upstream.address])).text).toBe('next')
    })

    scenario('inside the request: the upstream does not take it for whole', [], async (world) => {
      const { upstream, requested } = await startWaiting(world)
      const message = world.client().open('/at/held', [upstream.address], { method: 'POST' })
      message.write('first')
      const { request, closed } = await requested
      expect(await nextBytes(request)).toBe('first')
      message.destroy()
      await closed
      expect(request.complete).toBe(false)
      expect((await world.client().ask('/at/next', [upstream.address])).text).toBe('next')
    })
  },
}

export const FAILING_UPSTREAMS: FeatureCases = {
  feature: 'upstreams that fail: 502, 504',
  describe: (scenario) => {
    const expectGoesOn = async (world: World, client = world.client()): Promise<void> => {
      const upstream = await world.upstream((_, response) => response.end('fine'))
      expect(await client.ask('/at/', [upstream.address])).toMatchObject({ status: 200, text: 'fine' })
    }

    scenario('nobody listens: 502, and the client goes on', [], async (world) => {
      const client = world.client()
      const answer = await client.ask('/at/', [await findClosedAddress()])
      expect(answer.status).toBe(502)
      expect(answer.body.length).toBeLessThan(200)
      await expectGoesOn(world, client)
    })

    scenario('no answer within the time: 504, and the client goes on', [], async (world) => {
      const { upstream } = await startWaiting(world)
      const client = world.client()
      const answer = await client.ask('/impatient/', [upstream.address])
      expect(answer.status).toBe(504)
      expect(answer.body.length).toBeLessThan(200)
      await expectGoesOn(world, client)
    })

    scenario('the connection ends before the answer: 502, and the client goes on', [], async (world) => {
      const upstream = await world.rawUpstream((socket) => socket.once('data', () => socket.end()))
      const client = world.client()
      expect((await client.ask('/at/', [upstream.address], { method: 'POST', body: 'x' })).status).toBe(502)
      await expectGoesOn(world, client)
    })

    scenario('the connection is reset before the answer: 502, and the client goes on', [], async (world) => {
      const upstream = await world.rawUpstream((socket) => socket.once('data', () => socket.resetAndDestroy()))
      const client = world.client()
      expect((await client.ask('/at/', [upstream.address], { method: 'POST', body: 'x' })).status).toBe(502)
      await expectGoesOn(world, client)
    })

    scenario('the answer is no HTTP: 502, and the client goes on', [], async (world) => {
      const upstream = await world.rawUpstream((socket) =>
        socket.once('data', () => socket.end('220 smtp ready\r\n\r\n')),
      )
      const client = world.client()
      expect((await client.ask('/at/', [upstream.address])).status).toBe(502)
      await expectGoesOn(world, client)
    })
  },
}

export const CUT_ANSWERS: FeatureCases = {
  feature: 'answers that are cut off',
  describe: (scenario) => {
    const heads = {
      'Content-Length': 'Content-Length: 100\r\n\r\nfirst',
      chunks: 'Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n',
    }
    for (const [framing, head] of Object.entries(heads)) {
      scenario(`the client of a body with ${framing} sees that it is not whole`, [], async (world) => {
        let cut: () => void = () => undefined
        const upstream = await world.rawUpstream((socket) => {
          socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\n${head}`))
          cut = () => socket.destroy()
        })
        const message = world.client().open('/at/', [upstream.address])
        message.end()
        const response = await headOf(message)
        expect(await nextBytes(response)).toBe('first')
        const rest = readAnswer(response)
        cut()
        await expect(rest).rejects.toThrow()
        expect(response.complete).toBe(false)
      })
    }
  },
}
