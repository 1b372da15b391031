import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startWorker } from '../adapters/cloudflare/support/start-worker.ts'
import { expectConsole } from '../end-to-end/support/console-session.ts'
import { startExample } from '../end-to-end/support/example.ts'
import { HttpClient } from '../end-to-end/support/http-client.ts'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'
import { Upstream } from '../end-to-end/support/upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

const script = new URL('../../examples/itty-router/worker.ts', import.meta.url)

test('example itty-router prints what its page says', async () => {
  const { port: upstream } = await startExample('upstreams.js', {}, { listenerCount: 3 })
  const worker = await startWorker({ script, vars: { UPSTREAM: `127.0.0.1:${upstream}` } })
  onTestFinished(() => worker.dispose())
  const page = readFileSync(join(PROJECT_FOLDER, 'examples/itty-router/README.md'), 'utf8')
  await expectConsole(page, { 8787: worker.port, 8080: upstream })
})

test('example itty-router answers itself beside the proxy, and tells the upstream who the user is', async () => {
  const upstream = await Upstream.start('upstream', ({ headers }, response) => response.end(headers['x-user']))
  const worker = await startWorker({ script, vars: { UPSTREAM: upstream.address } })
  onTestFinished(() => worker.dispose())
  const client = await HttpClient.connect(worker.port)
  expect(await client.get('/')).toMatchObject({ status: 200, body: '{"from":"itty-router"}' })
  expect(await client.get('/api/ann/orders')).toMatchObject({ status: 200, body: 'ann' })
  expect(await client.get('/elsewhere')).toMatchObject({ status: 404 })
})
