import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startWorker } from '../adapters/cloudflare/support/start-worker.ts'
import { CommandProcess } from '../command/command-process.ts'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'
import { Upstream } from '../end-to-end/support/upstream.ts'
import { createFolder } from '../end-to-end/support/wrangler.ts'

vi.setConfig({ testTimeout: 60_000 })

/** The configuration of the example, with other targets. */
function configuration(addresses: Readonly<Record<number, string>>): string {
  const text = readFileSync(join(PROJECT_FOLDER, 'examples/05-gateway/sluice.config.ts'), 'utf8')
  return Object.entries(addresses).reduce(
    (rest, [port, address]) => rest.replaceAll(`127.0.0.1:${port}`, address),
    text,
  )
}

async function expectGateway(url: string): Promise<void> {
  const ask = async (path: string, init: RequestInit = {}): Promise<readonly unknown[]> => {
    const answer = await fetch(new URL(path, url), { redirect: 'manual', ...init })
    const { status, headers } = answer
    return [status, headers.get('location') ?? headers.get('x-route'), await answer.text()]
  }
  expect(await ask('/')).toEqual([200, null, 'web GET /'])
  const [, route, body] = await ask('/hi/there?x=1')
  expect([route, body]).toEqual(['hi', expect.stringMatching(/^hi [12] GET \/there\?x=1$/)])
  expect(await ask('/hi/there', { method: 'POST', body: 'x' })).toEqual([200, null, 'web POST /hi/there'])
  expect(await ask('/hello/you?x=1')).toEqual([308, '/hi/you?x=1', ''])
  expect(await ask('/admin/x')).toEqual([403, null, 'Not for you\n'])
}

const startUpstreams = async (): Promise<Readonly<Record<number, string>>> => {
  const [web, one, two] = await Promise.all(['web', 'hi 1', 'hi 2'].map((name) => Upstream.start(name)))
  return { 8080: `${web?.address}`, 8081: `${one?.address}`, 8082: `${two?.address}` }
}

test('the same configuration is a Worker: worker(gateway(configuration)) in workerd', async () => {
  const text = configuration(await startUpstreams()).replace(
    'export default defineGateway(',
    'const it = defineGateway(',
  )
  const code = `
    import { worker } from 'sluice/cloudflare'
    import { gateway } from 'sluice/gateway'
    ${text}
    export default worker(gateway(it))`
  const worker = await startWorker({ code })
  onTestFinished(() => worker.dispose())
  await expectGateway(worker.url)
})

test('"sluice bundle" makes one file of a gateway for the edge, and leaves in what the gateway uses', async () => {
  const files = {
    'sluice.config.ts': configuration(await startUpstreams()),
    'worker.ts': readFileSync(join(PROJECT_FOLDER, 'examples/05-gateway/worker.ts'), 'utf8'),
    'package.json': '{ "type": "module" }',
  }
  const folder = createFolder()
  mkdirSync(join(folder, 'node_modules'))
  for (const name of ['sluice', 'esbuild', 'zod']) {
    const target = name === 'sluice' ? PROJECT_FOLDER : join(PROJECT_FOLDER, 'node_modules', name)
    symlinkSync(target, join(folder, 'node_modules', name))
  }
  const bundled = await CommandProcess.run(['bundle', 'worker.ts', '-o', 'out.js'], { folder, files })
  expect(bundled).toEqual({ code: 0, stdout: '', stderr: '' })
  const code = readFileSync(join(folder, 'out.js'), 'utf8')
  const { sources } = JSON.parse(readFileSync(join(folder, 'out.js.map'), 'utf8')) as { readonly sources: string[] }
  const filters = sources.flatMap((path) => /filters\/(forward|link|fork|dump)\.ts$/.exec(path)?.[1] ?? [])
  expect(filters.sort()).toEqual(['forward', 'link'])
  const worker = await startWorker({ code })
  onTestFinished(() => worker.dispose())
  await expectGateway(worker.url)
})
