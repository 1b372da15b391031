import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startWorker } from '../adapters/cloudflare/support/start-worker.ts'
import { CommandProcess } from '../command/command-process.ts'
import { readCodeBlocks } from '../end-to-end/support/code-blocks.ts'
import { expectConsole } from '../end-to-end/support/console-session.ts'
import { startExample } from '../end-to-end/support/example.ts'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'
import { ProxyProcess } from '../end-to-end/support/proxy-process.ts'
import { createScriptFolder } from '../end-to-end/support/script-folder.ts'

vi.setConfig({ testTimeout: 60_000 })

const FOLDER = join(PROJECT_FOLDER, 'examples', '05-gateway')
const page = readFileSync(join(FOLDER, 'README.md'), 'utf8')
const [requests = '', explanation = ''] = readCodeBlocks(page, 'console')

/** The example with other ports. */
function withPorts(file: string, ports: Readonly<Record<number, number>>): string {
  const text = readFileSync(join(FOLDER, file), 'utf8').replace(/(listen:) 8000\b/, "$1 '127.0.0.1:0'")
  return Object.entries(ports).reduce(
    (rest, [port, real]) => rest.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${real}`),
    text,
  )
}

async function startUpstreams(): Promise<Readonly<Record<8080 | 8081 | 8082, number>>> {
  const { ports } = await startExample('upstreams.js', {}, { listenerCount: 3 })
  const [first = 0, second = 0, third = 0] = ports
  return { 8080: first, 8081: second, 8082: third }
}

test.each(['sluice.config.yaml', 'sluice.config.ts'])(
  'the requests in 05-gateway/README.md get from %s what it says',
  async (file) => {
    const ports = await startUpstreams()
    const folder = createScriptFolder({ [file]: withPorts(file, ports) })
    const { port } = await ProxyProcess.start([file], { folder })
    await expectConsole(`\`\`\`console\n${requests}\`\`\`\n`, { ...ports, 8000: port })
  },
)

test('the explanation in 05-gateway/README.md is the one that the command gives', async () => {
  const end = explanation.indexOf('\n') + 1
  const [, given = ''] = /^\$ node adapters\/node\.js (.+)$/m.exec(explanation.slice(0, end)) ?? []
  const run = await CommandProcess.run(given.split(' '), { folder: PROJECT_FOLDER })
  expect(run).toEqual({ code: 0, stdout: explanation.slice(end), stderr: '' })
})

describe('examples/05-gateway', () => {
  test('says the same in YAML and in TypeScript', async () => {
    const check = async (file: string): Promise<string> =>
      (await CommandProcess.run(['--check', join(FOLDER, file)], { folder: PROJECT_FOLDER })).stdout
    const text = await check('sluice.config.yaml')
    expect(text).toContain('"hi" (GET or HEAD /hi/*)')
    expect(await check('sluice.config.ts')).toBe(text)
  })

  test('is a Worker as it stands', async () => {
    const worker = await startWorker({ script: new URL('../../examples/05-gateway/worker.ts', import.meta.url) })
    onTestFinished(() => worker.dispose())
    const answer = await fetch(new URL('/hello/you', worker.url), { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([308, '/hi/you'])
    expect((await fetch(new URL('/admin/', worker.url))).status).toBe(403)
  })
})
