import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readCodeBlocks } from '../end-to-end/support/code-blocks.ts'
import { expectConsole } from '../end-to-end/support/console-session.ts'
import { readExample, startExample } from '../end-to-end/support/example.ts'
import { HttpClient } from '../end-to-end/support/http-client.ts'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'
import { ProxyProcess } from '../end-to-end/support/proxy-process.ts'
import { createScriptFolder } from '../end-to-end/support/script-folder.ts'

vi.setConfig({ testTimeout: 20_000 })

const FOLDER = join(PROJECT_FOLDER, 'examples', 'discovery')

test('the page of the example discovery shows what happens when its file is changed and broken', async () => {
  const upstreams = await startExample('upstreams.js', {}, { listenerCount: 3 })
  const [first = 0, second = 0, third = 0] = upstreams.ports
  const real = { 8080: first, 8081: second, 8082: third }
  const withPorts = (text: string): string =>
    Object.entries(real).reduce((rest, [port, to]) => rest.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${to}`), text)

  const [begin = '', change = '', broken = ''] = readFileSync(join(FOLDER, 'README.md'), 'utf8').split(/^## /m)
  const [changed = ''] = readCodeBlocks(change, 'yaml')
  const [mistake = ''] = readCodeBlocks(broken, 'yaml')
  const [complaint = ''] = readCodeBlocks(broken, 'text')

  const folder = createScriptFolder({
    'proxy.ts': readExample('discovery/proxy.ts'),
    'targets.yaml': withPorts(readFileSync(join(FOLDER, 'targets.yaml'), 'utf8')),
  })
  const proxy = await ProxyProcess.start(['proxy.ts'], { folder })
  const ports = { ...real, 8000: proxy.port }
  const save = (text: string): void => {
    writeFileSync(join(folder, 'new'), withPorts(text))
    renameSync(join(folder, 'new'), join(folder, 'targets.yaml'))
  }
  await expectConsole(begin, ports)
  save(changed)
  await vi.waitFor(() => expectTargets(change, ports))
  save(mistake)
  await vi.waitFor(() => expect(proxy.output.replaceAll(`${folder}/`, '')).toContain(withPorts(complaint).trim()))
  await expectTargets(broken, ports)
})

/** The requests that a part of the page shows reach the ports that it says. How they are numbered depends on how often it is tried. */
async function expectTargets(part: string, ports: Readonly<Record<number, number>>): Promise<void> {
  const shown = readCodeBlocks(part, 'console').join('').split('\n')
  const expected = shown.filter((line) => line.startsWith('GET ')).map((line) => line.split(':')[0])
  expect(expected).not.toEqual([])
  const client = await HttpClient.connect(ports[8000] as number)
  const reached: (string | undefined)[] = []
  for (const line of expected) reached.push((await client.get(line?.split(' ')[1] ?? '')).body.split(':')[0])
  await client.leave()
  const pagePorts = Object.entries(ports)
  expect(
    reached.map((text) => pagePorts.reduce((rest, [page, real]) => rest?.replace(String(real), page), text)),
  ).toEqual(expected)
}
