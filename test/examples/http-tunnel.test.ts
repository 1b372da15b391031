import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { readCodeBlocks } from '../end-to-end/support/code-blocks.ts'
import { readExample, startExample } from '../end-to-end/support/example.ts'
import { HttpClient } from '../end-to-end/support/http-client.ts'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'
import { ProxyProcess } from '../end-to-end/support/proxy-process.ts'
import { createScriptFolder } from '../end-to-end/support/script-folder.ts'
import { Upstream } from '../end-to-end/support/upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

const FOLDER = '05-http-tunnel'
const run = promisify(execFile)
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
)
const connectText = (target: string): string => `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`

describe.each(['proxy.js', 'proxy.ts'])(`example ${FOLDER}, %s,`, (form) => {
  test('opens tunnels to the targets of its list', async () => {
    const upstreams = { 8080: await Upstream.start('eighty'), 8081: await Upstream.start('eighty-one') }
    const addresses = { 8080: upstreams[8080].address, 8081: upstreams[8081].address }
    const { port } = await startExample(`${FOLDER}/${form}`, addresses)
    for (const { address } of Object.values(upstreams)) {
      const client = await HttpClient.connect(port)
      client.send(connectText(address))
      expect(await client.readAnswer()).toMatchObject({ head: 'HTTP/1.1 200 OK\r\n\r\n' })
      expect((await client.get('/')).body).toMatch(/^eighty.* GET \/$/)
    }
  })

  test('refuses any other target with 403, and what is no CONNECT with 405', async () => {
    const stranger = await Upstream.start('stranger')
    const { port } = await startExample(`${FOLDER}/${form}`)
    const client = await HttpClient.connect(port)
    expect(await client.get('/')).toMatchObject({ status: 405, headers: { allow: 'CONNECT' }, body: 'CONNECT only\n' })
    client.send(connectText(stranger.address))
    expect(await client.readAnswer()).toMatchObject({ status: 403, body: 'Not allowed\n' })
    expect(await client.readToEnd()).toBe('')
    expect(stranger.acceptedCount).toBe(0)
  })

  test('goes through another proxy the way its page shows', async () => {
    const [block = ''] = readCodeBlocks(readPage(), 'js')
    const upstream = await Upstream.start('upstream')
    const parent = await startExample(`${FOLDER}/${form}`, { 8080: upstream.address })
    const text = readExample(`${FOLDER}/proxy.js`, { 8080: upstream.address })
    const own = text.slice(0, text.indexOf(".pipeline('tunnel')"))
    const folder = createScriptFolder({
      'proxy.js': own + block.replace('proxy.example:3128', `127.0.0.1:${parent.port}`),
    })
    const { port } = await ProxyProcess.start(['proxy.js'], { folder })
    const client = await HttpClient.connect(port)
    client.send(connectText(upstream.address))
    expect((await client.readAnswer()).status).toBe(200)
    expect((await client.get('/far')).body).toBe('upstream GET /far')
  })

  test.skipIf(!hasCurl)('does with curl what its page says, where curl is installed', async () => {
    const upstreams = await startExample('upstreams.js', {}, { listenerCount: 3 })
    const [first, second, third] = upstreams.ports
    const { port } = await startExample(`${FOLDER}/${form}`, {
      8080: `127.0.0.1:${first}`,
      8081: `127.0.0.1:${second}`,
    })
    const ports: Readonly<Record<string, unknown>> = { 8000: port, 8080: first, 8081: second, 8082: third }
    const words = (command: string): string[] =>
      command
        .replace(/:(80\d\d)\b/g, (_, shown: string) => `:${String(ports[shown])}`)
        .trim()
        .split(' ')
        .slice(1)
    const [block = ''] = readCodeBlocks(readPage(), 'console')
    const commands = block.split(/^\$ /m).slice(1)
    expect(commands).toHaveLength(3)
    for (const command of commands) {
      const end = command.indexOf('\n') + 1
      const { stdout } = await run('curl', words(command.slice(0, end)))
      const shown = Object.entries(ports).reduce(
        (text, [page, real]) => text.replaceAll(`port ${real}`, `port ${page}`),
        stdout,
      )
      expect(shown).toBe(command.slice(end))
    }
    const refused = readCodeBlocks(readPage(), 'sh').find((text) => text.startsWith('curl')) ?? ''
    await expect(run('curl', words(refused))).rejects.toThrow('403')
  })
})

function readPage(): string {
  return readFileSync(join(PROJECT_FOLDER, 'examples', FOLDER, 'README.md'), 'utf8')
}
