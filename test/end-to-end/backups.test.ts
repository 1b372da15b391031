import { algo, pipy } from 'sluice'
import { serve } from 'sluice/node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { RecordingLog } from '../support/recording-log.ts'
import { HttpClient } from './support/http-client.ts'
import { MortalUpstream } from './support/mortal-upstream.ts'

vi.setConfig({ testTimeout: 60_000 })

/** Clients that ask without a pause until they are told to stop, and what became of their requests. */
class Load {
  /** Answered well, by the path: whether it was begun once the first targets were back, and who answered. */
  readonly answered = new Map<string, { readonly isLate: boolean; readonly by: string }>()
  /** What was lost though it may be sent again; and POSTs that were refused, by their path. */
  readonly lost: string[] = []
  readonly refused: string[] = []
  /** POSTs that a dying target may have got. */
  readonly exposed = new Set<string>()
  isLate = false
  #isOver = false
  #isDying = false
  readonly #waiting = new Set<string>()
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  stop(): void {
    this.#isOver = true
  }

  /** Kills them all at the same moment. */
  async kill(...upstreams: MortalUpstream[]): Promise<void> {
    this.#isDying = true
    for (const path of this.#waiting) this.exposed.add(path)
    await Promise.all(upstreams.map((upstream) => upstream.kill()))
    // The proxy learns in the next turn of the loop that connections are gone; what it sends before that is exposed too.
    await nextTurn()
    await nextTurn()
    this.#isDying = false
  }

  async run(name: string): Promise<void> {
    let client = await HttpClient.connect(this.#port)
    for (let i = 0; !this.#isOver; i++) {
      const path = `/${name}-${i}`
      const method = ['GET', 'PUT', 'POST'][i % 3] as string
      const { isLate } = this
      if (method === 'POST') (this.#isDying ? this.exposed : this.#waiting).add(path)
      try {
        const body = method === 'GET' ? '' : 'x'.repeat(500)
        client.send(`${method} ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
        const answer = await client.readAnswer()
        const [by, ...line] = answer.body.split(' ')
        if (answer.status === 200 && line.join(' ') === `${method} ${path}`) {
          this.answered.set(path, { isLate, by: by as string })
        } else this.#fail(method, path, `${answer.status} ${answer.body}`)
      } catch (error) {
        this.#fail(method, path, String(error))
        client = await HttpClient.connect(this.#port)
      }
      this.#waiting.delete(path)
    }
  }

  #fail(method: string, path: string, state: string): void {
    if (method === 'POST') this.refused.push(path)
    else this.lost.push(`${method} ${path}: ${state}`)
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Settles when a target of a service is healthy. */
function isHealthy(service: algo.Service, address: string): Promise<void> {
  return new Promise((resolve) => {
    const leave = service.subscribe(() => check())
    const check = (): void => {
      if (service.find(address)?.state !== 'healthy') return
      leave()
      resolve()
    }
    check()
  })
}

test('a backup takes over when all others die, and gives back when one returns; no request is lost that may be sent again', async () => {
  // Some turns later: so that there are requests under way when a target dies.
  const start = (name: string): Promise<MortalUpstream> =>
    MortalUpstream.start(name, (request, response) => {
      setTimeout(() => response.end(`${name} ${request.method} ${request.url}`), 2)
    })
  const [first, second, backup] = [await start('first'), await start('second'), await start('backup')]
  const service = new algo.Service({
    name: 'api',
    targets: [{ address: backup.address, priority: 1 }, first.address, second.address],
    health: { passive: { maxFails: 2, failWindowMs: 200 } },
    // Far more dies here than the budget of the default is made for.
    retry: { budget: { share: 1 } },
  })
  const server = await serve(
    pipy()
      .listen('127.0.0.1:0')
      .demuxHTTP((p) => p.forward(service)),
    { log: new RecordingLog() },
  )
  onTestFinished(() => server.close())
  const load = new Load(server.addresses[0]?.port as number)
  const clients = Array.from({ length: 10 }, (_, i) => load.run(`c${i}`))

  await Promise.all([first.received(100), second.received(100)])
  expect(backup.requests).toEqual([])
  expect(service.statistics.activePriority).toBe(0)

  await load.kill(first, second)
  // Long enough that the dead ones are tried again in between.
  const readmissions: string[] = []
  const leave = service.subscribe(({ target, to }) => to === 'healthy' && readmissions.push(target.address))
  while (readmissions.length < 4) await backup.received(backup.requests.length + 10)
  leave()

  await first.revive()
  await isHealthy(service, first.address)
  await first.received(first.requests.length + 1)
  await isHealthy(service, first.address)
  load.isLate = true
  const beforeReturn = backup.requests.length
  await first.received(first.requests.length + 300)
  expect(service.statistics.activePriority).toBe(0)
  load.stop()
  await Promise.all(clients)

  expect(load.lost).toEqual([])
  expect(load.refused.filter((path) => !load.exposed.has(path))).toEqual([])
  const posts = [first, second, backup].flatMap(({ requests }) => requests.filter((line) => line.startsWith('POST ')))
  expect(new Set(posts).size).toBe(posts.length)
  // Only what was under way when the first one was back.
  expect(backup.requests.length).toBeLessThanOrEqual(beforeReturn + clients.length)
  const late = [...load.answered.values()].filter(({ isLate }) => isLate)
  expect(late.length).toBeGreaterThan(200)
  expect(new Set(late.map(({ by }) => by))).toEqual(new Set(['first']))
  expect(service.statistics).toMatchObject({ active: 0, activeRetries: 0, panics: 0 })
})
