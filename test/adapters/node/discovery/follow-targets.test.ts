import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { DnsServer } from '../../../support/dns-server.ts'

vi.setConfig({ testTimeout: 20_000 })

const DOOR = fileURLToPath(new URL('../../../../dist/adapters/node/index.js', import.meta.url))

/** Runs a module in a process of its own, until it ends by itself. */
async function run(body: string): Promise<{ code: number | null; output: string }> {
  const text = `import { dnsTargets, fileTargets, followTargets, NodeLog } from ${JSON.stringify(DOOR)}
    const service = { set: (targets) => console.log(JSON.stringify(targets)) }
    const log = new NodeLog({ level: 'silent' })
    ${body}`
  const process_ = spawn(process.execPath, ['--input-type=module', '--eval', text], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void process_.kill('SIGKILL'))
  let output = ''
  for (const stream of [process_.stdout, process_.stderr])
    stream.on('data', (bytes: Buffer) => (output += String(bytes)))
  const code = await new Promise<number | null>((resolve) => process_.once('close', resolve))
  return { code, output }
}

test('followTargets keeps no process alive', async () => {
  const server = await DnsServer.start()
  server.set('A', 'web.example', [{ address: '10.0.0.1' }])
  const source = `dnsTargets('web.example', { port: 80, servers: ['${server.address}'] })`
  const { code, output } = await run(
    `followTargets(service, ${source}, { log })
     followTargets(service, fileTargets('/nonexistent/targets.yaml'), { log })`,
  )
  expect({ code, output }).toEqual({ code: 0, output: '["10.0.0.1:80"]\n' })
})

test('followTargets keeps a process alive that waits for the first list', async () => {
  const server = await DnsServer.start()
  const source = `dnsTargets('web.example', { port: 80, servers: ['${server.address}'] })`
  const running = run(
    `await followTargets(service, ${source}, { log, minRetryMs: 20 }).first
     console.log('began')`,
  )
  await server.asked(2)
  server.set('A', 'web.example', [{ address: '10.0.0.1' }])
  expect(await running).toEqual({ code: 0, output: '["10.0.0.1:80"]\nbegan\n' })
})
