import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findClosedAddress } from '../../end-to-end/support/closed-address.ts'
import { type StartedWorker, startWorker } from './support/start-worker.ts'

const LARGE_BYTES = 300_000

interface EdgeUpstream {
  readonly address: string
  readonly got: string[]
  close(): void
}

async function startUpstream(name: string): Promise<EdgeUpstream> {
  const got: string[] = []
  const respond: RequestListener = (request, response) => {
    void text(request).then((body) => {
      got.push(`${request.method} ${request.url} ${body.length}`)
      if (request.url === `/busy-${name}`) response.writeHead(503).end('busy')
      else if (request.url === '/large') response.end('x'.repeat(LARGE_BYTES))
      else response.end(`${name} ${request.method} ${body}`)
    })
  }
  const server = createServer(respond)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { address: `http://127.0.0.1:${port}`, got, close }
}

describe('forward in a Worker', () => {
  let first: EdgeUpstream
  let second: EdgeUpstream
  let worker: StartedWorker

  beforeAll(async () => {
    first = await startUpstream('first')
    second = await startUpstream('second')
    const closed = `http://${await findClosedAddress()}`
    worker = await startWorker({
      isDirect: true,
      code: `
        import { algo, pipy } from 'sluice'
        import { worker } from 'sluice/cloudflare'

        const retry = { on: ['connect-failure', 'reset', 503] }
        const [first, second, closed] = ${JSON.stringify([first.address, second.address, closed])}
        const sticky = { by: 'cookie', secrets: ['sixteen characters and more'] }
        const services = new algo.URLRouter({
          '/*': new algo.Service({ name: 'both', targets: [first, second], retry }),
          '/half/*': new algo.Service({ name: 'half', targets: [closed, second], retry }),
          '/none/*': new algo.Service({ name: 'none', targets: [] }),
          '/sticky/*': new algo.Service({ name: 'sticky', targets: [first, second], sticky }),
        })
        export default worker(
          pipy({ service: undefined }).listen(80).demuxHTTP((p) => p
            .handleMessageStart(({ head }, $) => { $.service = services.find('', head.path) })
            .forward(($) => $.service)
          )
        )`,
    })
  })

  beforeEach(() => {
    first.got.length = 0
    second.got.length = 0
  })

  afterAll(async () => {
    await worker.dispose()
    first.close()
    second.close()
  })

  const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(new URL(path, worker.url), init)

  test('gives requests to the targets in turn', async () => {
    const bodies = []
    for (let i = 0; i < 4; i++) bodies.push(await (await ask('/')).text())
    expect(bodies.toSorted()).toEqual(['first GET ', 'first GET ', 'second GET ', 'second GET '])
  })

  test('passes large bodies both ways', async () => {
    const answer = await ask('/large', { method: 'POST', body: 'y'.repeat(LARGE_BYTES) })
    expect((await answer.text()).length).toBe(LARGE_BYTES)
    expect([...first.got, ...second.got]).toEqual([`POST /large ${LARGE_BYTES}`])
  })

  test('asks another target when one says 503, with the same body', async () => {
    for (let i = 0; i < 2; i++) {
      const answer = await ask('/busy-first', { method: 'PUT', body: 'hello' })
      expect([answer.status, await answer.text()]).toEqual([200, 'second PUT hello'])
    }
    expect(second.got).toEqual(['PUT /busy-first 5', 'PUT /busy-first 5'])
    expect(first.got).toEqual(['PUT /busy-first 5'])
  })

  test('asks another target when fetch fails, for what may be sent twice', async () => {
    for (let i = 0; i < 2; i++) expect(await (await ask('/half/1')).text()).toBe('second GET ')
    const statuses = []
    for (let i = 0; i < 2; i++) statuses.push((await ask('/half/2', { method: 'POST', body: 'x' })).status)
    expect(statuses.toSorted()).toEqual([200, 502])
  })

  test('answers 503 with the name of a service without targets', async () => {
    const answer = await ask('/none/1')
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('service "none"')])
  })

  test('keeps a client with its target by a cookie', async () => {
    const issued = await ask('/sticky/1')
    const name = (await issued.text()).split(' ')[0]
    const cookie = issued.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    expect(cookie).toMatch(/^sluice-target=/)
    for (let i = 0; i < 4; i++) {
      const answer = await ask('/sticky/2', { headers: { cookie } })
      expect([await answer.text(), answer.headers.getSetCookie()]).toEqual([`${name} GET `, []])
    }
  })
})
