import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { serve } from 'sluice/node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createDemoProxy } from '../../adapters/node/command/demo-proxy.ts'
import { ERROR_KINDS, type ErrorCode } from '../../src/errors.ts'
import { expectConnectionPool } from './connection-pool.cases.ts'
import { readCodeBlocks } from './support/code-blocks.ts'
import { expectConsole } from './support/console-session.ts'
import { findClosedAddress } from './support/closed-address.ts'
import { HttpClient } from './support/http-client.ts'
import { PROJECT_FOLDER } from './support/project-folder.ts'
import { ProxyProcess } from './support/proxy-process.ts'
import { createScriptFolder } from './support/script-folder.ts'

vi.setConfig({ testTimeout: 20_000 })

const README = readFileSync(join(PROJECT_FOLDER, 'README.md'), 'utf8')

test('the demo answers the commands in README.md as it says', async () => {
  const ports = { 8000: await findFreePort(), 8080: await findFreePort(), 8081: await findFreePort() }
  const server = await serve(createDemoProxy({ proxy: ports[8000], upstreams: [ports[8080], ports[8081]] }))
  onTestFinished(() => server.close())
  await expectConsole(README, ports)
})

test.each([
  ['ts', 'proxy.ts', 'export default pipy({ target'],
  ['js', 'proxy.js', 'pipy({\n'],
])('the proxy in twenty lines in README.md, in %s, is the connection-pool proxy', async (language, file, start) => {
  const example = blockWith(language, start)
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(25)
  await expectConnectionPool(async (routes) => {
    const text = example
      .replace('.listen(8000)', ".listen('127.0.0.1:0')")
      .replace('127.0.0.1:8080', String(routes['/*']))
      .replace('127.0.0.1:8081', String(routes['/hi/*']))
    const folder = createScriptFolder({ [file]: text })
    return (await ProxyProcess.start([file], { folder })).port
  })
})

test('the filter in README.md does what it says', async () => {
  const text = blockWith('ts', 'class HeaderFilter').replace('.listen(8000)', ".listen('127.0.0.1:0')")
  const folder = createScriptFolder({ 'proxy.ts': text })
  const client = await HttpClient.connect((await ProxyProcess.start(['proxy.ts'], { folder })).port)
  expect(await client.get('/')).toMatchObject({ status: 200, headers: { 'x-served-by': 'sluice' }, body: 'Hello\n' })
})

test('the program in README.md runs a proxy by itself', async () => {
  const folder = createScriptFolder({ 'program.ts': blockWith('ts', 'await serve(proxy)') })
  const { stdout } = await promisify(execFile)(process.execPath, ['program.ts'], { cwd: folder })
  expect(stdout).toBe('You asked for /something\n\n')
})

test('README.md shows what --help prints', async () => {
  const { code, output } = await ProxyProcess.run(['--help'])
  expect(code).toBe(0)
  expect(readCodeBlocks(README, 'text').find((block) => block.startsWith('Usage: '))).toBe(output)
})

test('the table of errors in README.md says what each code becomes', () => {
  const rows = [...README.matchAll(/^\| (\d{3}) ([\w ]+) \| ([^|]+) \|/gm)]
  expect(rows.length).toBeGreaterThan(10)
  for (const [, status, reason, codes = ''] of rows) {
    for (const [, code = ''] of codes.matchAll(/`(\w+)`/g)) {
      expect(ERROR_KINDS[code as ErrorCode], code).toMatchObject({ status: Number(status), reason })
    }
  }
})

function blockWith(language: string, text: string): string {
  const block = readCodeBlocks(README, language).find((candidate) => candidate.includes(text))
  if (block === undefined) throw new Error(`Cannot find the ${language} block with "${text}" in README.md`)
  return block
}

async function findFreePort(): Promise<number> {
  return Number((await findClosedAddress()).split(':')[1])
}
