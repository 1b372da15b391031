import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type StartedWorker, startWorker } from '../adapters/cloudflare/support/start-worker.ts'
import { readCodeBlocks } from '../end-to-end/support/code-blocks.ts'
import { startExample } from '../end-to-end/support/example.ts'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'
import { Upstream } from '../end-to-end/support/upstream.ts'
import { Wrangler } from '../end-to-end/support/wrangler.ts'

vi.setConfig({ testTimeout: 60_000 })

const SECRET = 'open-sesame'

describe('examples/edge in workerd', () => {
  test('gives a client a cookie that leads to the same instance from then on, and to its variables', async () => {
    const { worker, upstreams } = await start()
    const first = await fetch(worker.url)
    const cookie = sessionOf(first)
    const instance = await first.text()
    for (let i = 1; i <= 5; i++) {
      const response = await fetch(worker.url, { headers: { cookie: `other=1; ${cookie}` } })
      expect(response.headers.get('x-session-requests')).toBe(String(i))
      expect(response.headers.get('set-cookie')).toBeNull()
      expect(await response.text()).toBe(instance)
    }
    const other = await fetch(worker.url, { headers: { cookie: 'session=00000000-0000-4000-8000-000000000000' } })
    expect(other.headers.get('x-session-requests')).toBe('1')
    expect(upstreams.map(({ acceptedCount }) => acceptedCount).sort()[1]).toBe(1)
  })

  test('serves clients with both instances, over one connection to each', async () => {
    const { worker, upstreams } = await start()
    const bodies = new Set<string>()
    for (let i = 0; i < 40; i++) bodies.add(await (await fetch(worker.url)).text())
    expect([...bodies].sort()).toEqual(['eighty GET /', 'eighty-one GET /'])
    expect(upstreams.map(({ acceptedCount }) => acceptedCount)).toEqual([1, 1])
  })

  test("keeps the instance's own cookies beside its own", async () => {
    const { worker } = await start()
    const { headers } = await fetch(new URL('/cookie', worker.url))
    expect(headers.getSetCookie()).toEqual(['theme=dark', expect.stringMatching(/^session=[\da-f-]{36}; Path=\/;/)])
  })

  test('tells its counts to whoever knows the secret, and says nothing of them to anybody else', async () => {
    const { worker, upstreams } = await start()
    const cookie = sessionOf(await fetch(worker.url))
    for (let i = 0; i < 9; i++) await (await fetch(worker.url, { headers: { cookie } })).text()
    const stats = new URL('/_sluice/stats', worker.url)
    expect((await fetch(stats)).status).toBe(401)
    const response = await fetch(stats, { headers: { authorization: `Bearer ${SECRET}` } })
    const { isolate, pool } = (await response.json()) as Statistics
    expect(isolate).toMatchObject({ requests: 10, errors: 0, sessions: 1 })
    const used = upstreams.find(({ acceptedCount }) => acceptedCount > 0)
    expect(pool).toEqual({
      [String(used?.address)]: expect.objectContaining({
        connections: { open: 1, peak: 1, created: 1, failed: 0 },
        requests: { total: 10, underWay: 0, reuseRatio: 0.9 },
      }),
    })
  })

  test('answers 502 for an instance that is not there, and for an address that is none', async () => {
    for (const address of ['127.0.0.1:1', 'nowhere']) {
      const worker = await startWith(address)
      const response = await fetch(worker.url)
      expect(response.status).toBe(502)
    }
  })
})

test('the commands in examples/edge/README.md print what it says', async () => {
  const page = readFileSync(join(PROJECT_FOLDER, 'examples', 'edge', 'README.md'), 'utf8')
  const { ports } = await startExample('upstreams.js', {}, { listenerCount: 3 })
  const addresses = ports.slice(0, 2).map((port) => `127.0.0.1:${port}`)
  const [, options = ''] = /npx wrangler dev (.*)/.exec(page) ?? []
  const { port } = await Wrangler.dev([...options.split(' '), '--var', `UPSTREAMS:${addresses.join()}`])
  const commands = readCodeBlocks(page, 'console').flatMap((block) => block.split(/^\$ /m).slice(1))
  expect(commands).toHaveLength(3)
  for (const text of commands) {
    const end = text.indexOf('\n') + 1
    const command = text.slice(0, end).replaceAll('localhost:8787', `127.0.0.1:${port}`)
    let output = execFileSync('sh', ['-c', command.replace('curl', 'curl -s')], { encoding: 'utf8' })
    ports.forEach((real, i) => (output = output.replaceAll(`port ${real}`, `port ${8080 + i}`)))
    expect(output, command).toBe(text.slice(end))
  }
})

interface Statistics {
  readonly isolate: object
  readonly pool: object
}

async function start(): Promise<{ readonly worker: StartedWorker; readonly upstreams: readonly Upstream[] }> {
  const upstreams = await Promise.all(
    ['eighty', 'eighty-one'].map((name) =>
      Upstream.start(name, (request, response) => {
        if (request.url === '/cookie') response.setHeader('set-cookie', 'theme=dark')
        response.end(`${name} ${request.method} ${request.url}`)
      }),
    ),
  )
  return { worker: await startWith(upstreams.map(({ address }) => address).join()), upstreams }
}

async function startWith(addresses: string): Promise<StartedWorker> {
  const worker = await startWorker({
    script: new URL('../../examples/edge/worker.ts', import.meta.url),
    vars: { UPSTREAMS: addresses, SLUICE_SECRET: SECRET },
    durableObjects: { SLUICE_POOL: 'SluicePool' },
  })
  onTestFinished(() => worker.dispose())
  return worker
}

function sessionOf(response: Response): string {
  return (response.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
}
