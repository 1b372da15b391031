import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startWorker } from '../adapters/cloudflare/support/start-worker.ts'
import { expectConsole } from '../end-to-end/support/console-session.ts'
import { startExample } from '../end-to-end/support/example.ts'
import { HttpClient } from '../end-to-end/support/http-client.ts'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'
import { startProcess } from '../runtimes/support/start-process.ts'

vi.setConfig({ testTimeout: 20_000 })

const page = readFileSync(join(PROJECT_FOLDER, 'examples/hono/README.md'), 'utf8')

test('example hono, server.ts, prints on Node what its page says', async () => {
  const { port: upstream } = await startExample('upstreams.js', {}, { listenerCount: 3 })
  const env = { PORT: '0', UPSTREAM: `127.0.0.1:${upstream}` }
  const { port, stop } = await startProcess(process.execPath, ['examples/hono/server.ts'], { env })
  onTestFinished(async () => void (await stop()))
  await expectConsole(page, { 8000: port, 8080: upstream })
})

test('example hono, worker.ts, answers the same as a Worker', async () => {
  const { port: upstream } = await startExample('upstreams.js', {}, { listenerCount: 3 })
  const worker = await startWorker({
    script: new URL('../../examples/hono/worker.ts', import.meta.url),
    vars: { UPSTREAM: `127.0.0.1:${upstream}` },
  })
  onTestFinished(() => worker.dispose())
  const client = await HttpClient.connect(worker.port)
  expect(await client.get('/')).toMatchObject({ status: 200, body: 'Hello from Hono\n' })
  expect(await client.get('/api/orders')).toMatchObject({ status: 401, body: 'Who are you?\n' })
  expect((await client.get('/api/orders?user=ann')).body).toMatch(
    new RegExp(`^GET /ann/orders\\?user=ann reached port ${upstream}: `),
  )
})
