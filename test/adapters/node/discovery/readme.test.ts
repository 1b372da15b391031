import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { parse } from 'yaml'
import { DnsServer } from '../../../support/dns-server.ts'
import { KubernetesApi } from '../../../support/kubernetes-api.ts'
import { readCodeBlocks } from '../../../end-to-end/support/code-blocks.ts'
import { currentNode } from '../../../end-to-end/support/node-executables.ts'
import { PROJECT_FOLDER } from '../../../end-to-end/support/project-folder.ts'
import { createScriptFolder } from '../../../end-to-end/support/script-folder.ts'
import { createSlice } from './create-slice.ts'

vi.setConfig({ testTimeout: 20_000 })

const README = readFileSync(join(PROJECT_FOLDER, 'adapters', 'node', 'discovery', 'README.md'), 'utf8')

/** Runs a block of the page, in front of which `web` is a service that prints what it gets; `change` puts addresses in. */
async function run(
  start: string,
  files: Record<string, string>,
  change: (text: string) => string,
  lines = 1,
): Promise<string[]> {
  const block = readCodeBlocks(README, 'ts').find((text) => text.includes(start))
  if (block === undefined) throw new Error(`Cannot find the block with "${start}"`)
  const changed = change(block)
  const imports = /\bimport /.test(changed) ? '' : `import { followTargets, kubernetesTargets } from 'sluice/node'\n`
  const service = 'const web = { set: (targets) => console.log(JSON.stringify(targets)) }\n'
  const text = `${imports}${changed.includes('const web') ? '' : service}${changed}\nsetInterval(() => {}, 1_000)\n`
  const folder = createScriptFolder({ ...files, 'program.ts': text })
  const child = spawn(currentNode.file, ['program.ts'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += String(bytes)))
  const closed = new Promise((resolve) => child.once('close', resolve))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await closed
  })
  await vi.waitFor(() => expect(output.split('\n').length).toBeGreaterThan(lines), { timeout: 15_000 })
  return output.trim().split('\n')
}

test('the first lines in README.md of the sources, and its file, give a service its targets', async () => {
  const [yaml = ''] = readCodeBlocks(README, 'yaml')
  const output = await run('fileTargets(', { 'targets.yaml': yaml }, (text) => {
    const shown =
      'const said = web.targets.map(({ address, weight, priority, metadata }) => [address, weight, priority, metadata])\n' +
      'console.log(JSON.stringify(said))'
    return `${text.replace(/^followTargets\(.*\)$/m, 'await $&.first')}\n${shown}`
  })
  const first = ['127.0.0.1:8081', 1, 0, {}]
  const second = ['127.0.0.1:8082', 2, 0, { zone: 'eu' }]
  const backup = ['127.0.0.1:8083', 1, 1, {}]
  expect(output).toEqual([JSON.stringify([first, second, backup])])
})

test('the lines for DNS in README.md of the sources follow a name', async () => {
  const dns = await DnsServer.start()
  dns.set('A', 'web.internal', [{ address: '10.0.0.1' }])
  const output = await run('dnsTargets(', {}, (text) =>
    text.replace('port: 8080', `port: 8080, servers: ['${dns.address}']`),
  )
  expect(output).toEqual(['["10.0.0.1:8080"]'])
})

test('the lines for Kubernetes in README.md of the sources follow a service', async () => {
  const api = await KubernetesApi.start({ namespace: 'default' })
  api.apply(createSlice('web-1', ['10.0.0.1']))
  const output = await run(
    'http://127.0.0.1:8001',
    {},
    (text) => `followTargets(web, ${text.trim().replace('http://127.0.0.1:8001', api.url)})`,
  )
  expect(output).toEqual(['["10.0.0.1:8080"]'])
})

test('the lines for a pod in README.md of the sources need a pod', async () => {
  const output = await run('allowsEmpty', {}, (text) => text)
  expect(output.join('\n')).toContain('the process runs in no cluster')
})

test('the Role in README.md of the sources allows what is asked for', async () => {
  const role = readCodeBlocks(README, 'yaml').map((text) => parse(text) as { kind?: string; rules?: unknown })
  expect(role.find(({ kind }) => kind === 'Role')?.rules).toEqual([
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  ])
})

test('the function in README.md of the sources asks a registry', async () => {
  const registry = createServer((_, response) => response.end('["10.0.0.1:80"]'))
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void registry.close())
  const { port } = registry.address() as AddressInfo
  const output = await run('/targets', {}, (text) => text.replace('127.0.0.1:8500', `127.0.0.1:${port}`))
  expect(output).toEqual(['["10.0.0.1:80"]'])
})

test('the generator in README.md of the sources gives lists', async () => {
  const next = `let count = 0
    const nextAnnouncement = async () => ['10.0.0.' + Math.min(2, ++count) + ':80']\n`
  const output = await run(
    'nextAnnouncement',
    {},
    (text) => next + text.replace('while (!signal.aborted)', 'while (count < 9)'),
    3,
  )
  expect(output).toEqual(['["10.0.0.1:80"]', '["10.0.0.2:80"]', 'No further targets: the source is over'])
})
