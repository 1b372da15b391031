import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readCodeBlocks } from './support/code-blocks.ts'
import { HttpClient } from './support/http-client.ts'
import { PROJECT_FOLDER } from './support/project-folder.ts'
import { Upstream } from './support/upstream.ts'
import { createFolder, Wrangler } from './support/wrangler.ts'

vi.setConfig({ testTimeout: 60_000 })

test('npx wrangler dev serves the connection-pool proxy with the routes of ROUTES; for wrong ones it answers 500, says why, and logs it once', async () => {
  const eighty = await Upstream.start('eighty')
  const eightyOne = await Upstream.start('eighty-one')
  const routes = { 'localhost/*': `http://${eighty.address}`, 'localhost/hi/*': eightyOne.address }
  const config = join(createFolder(), 'wrangler.toml')
  writeFileSync(config, configWith(JSON.stringify(routes)))
  const { wrangler, port } = await Wrangler.dev(['--config', config])
  const client = await HttpClient.connect(port)
  const bodies: string[] = []
  for (const path of ['/', '/hi', '/hit', '/hi/x']) bodies.push((await client.get(path)).body)
  expect(bodies).toEqual(['eighty GET /', 'eighty-one GET /hi', 'eighty GET /hit', 'eighty-one GET /hi/x'])
  expect(await client.get('/', 'other.example')).toMatchObject({ status: 404, body: 'No route' })
  expect(await client.get('/hi')).toMatchObject({ status: 200, body: 'eighty-one GET /hi' })
  const refusals = [
    ['{"/*":', 'Cannot read ROUTES "{"/*":": it is no JSON'],
    ['{"/*":"nowhere"}', 'Cannot read ROUTES "{"/*":"nowhere"}": '],
  ] as const
  // Wrangler takes other variables over while it runs: to start it once more takes seconds.
  for (const [value, text] of refusals) {
    const beginning = async (): Promise<string> =>
      (await (await fetch(`http://127.0.0.1:${port}/`)).text()).slice(0, text.length)
    await changeUntilSeen(
      () => writeFileSync(config, configWith(value)),
      async () => expect(await beginning()).toBe(text),
    )
    const again = await HttpClient.connect(port)
    for (const path of ['/', '/hi', '/']) {
      const answer = await again.get(path)
      expect(answer.status).toBe(500)
      expect(answer.body.slice(0, text.length)).toBe(text)
      expect(answer.body).toContain('expected targets by URL pattern, as in {')
    }
    await wrangler.wrote(text)
  }
  await wrangler.stop()
  const timesWritten = (part: string): number => wrangler.output.split(part).length - 1
  // On a busy machine it may have taken the same variables over twice.
  for (const [value, text] of refusals) {
    expect(timesWritten(text)).toBeGreaterThan(0)
    expect(timesWritten(text)).toBeLessThanOrEqual(timesWritten(`env.ROUTES ("${value}")`))
  }
}, 120_000)

/** The project's configuration with other routes, in whatever folder. */
function configWith(routes: string): string {
  const place = (path: string): string => JSON.stringify(join(PROJECT_FOLDER, path))
  return read('wrangler.toml')
    .replace(/^main = "(.*)"$/m, (_, path: string) => `main = ${place(path)}`)
    .replace(/^watch_dir = .*$/m, `cwd = ${place('.')}`)
    .replace(/^ROUTES = .*$/m, `ROUTES = '${routes}'`)
}

/** Changes a file until that shows: what changes before wrangler watches is not seen, and it does not say when it does. */
async function changeUntilSeen(change: () => void, isSeen: () => Promise<void>): Promise<void> {
  const tryOnce = async (): Promise<void> => {
    change()
    await vi.waitFor(isSeen, { timeout: 10_000, interval: 100 })
  }
  await vi.waitFor(tryOnce, { timeout: 60_000, interval: 0 })
}

test('npx wrangler dev makes the bundle of a project anew when a module changes', async () => {
  const folder = createFolder()
  const page = read('adapters/esbuild/README.md')
  const [toml = ''] = readCodeBlocks(page, 'toml')
  expect(toml).toContain('npx sluice bundle')
  const command = `node ${JSON.stringify(join(PROJECT_FOLDER, 'adapters', 'node.js')).slice(1, -1)}`
  const own = toml.replace('npx sluice', command).replace('watch_dir', `cwd = ${JSON.stringify(folder)}\nwatch_dir`)
  mkdirSync(join(folder, 'src'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(PROJECT_FOLDER, join(folder, 'node_modules', 'sluice'))
  symlinkSync(join(PROJECT_FOLDER, 'node_modules', 'esbuild'), join(folder, 'node_modules', 'esbuild'))
  writeFileSync(join(folder, 'wrangler.toml'), own)
  writeFileSync(join(folder, 'src', 'worker.ts'), workerThatSays('first'))
  const { port } = await Wrangler.dev(['--config', join(folder, 'wrangler.toml')])
  const get = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${port}/`)).text()
  expect(await get()).toBe('first')
  expect(readFileSync(join(folder, 'out', 'worker.js'), 'utf8')).not.toContain('src/filters/mux-http-filter')
  await changeUntilSeen(
    () => writeFileSync(join(folder, 'src', 'worker.ts'), workerThatSays('second')),
    async () => expect(await get()).toBe('second'),
  )
}, 120_000)

function workerThatSays(text: string): string {
  return `import { Message, pipy } from 'sluice'
import { worker } from 'sluice/cloudflare'
export default worker(pipy().listen(80).demuxHTTP((p) => p.replaceMessage(new Message('${text}'))))
`
}

test('wrangler.toml has the two routes of examples/03-connection-pool/proxy.ts', () => {
  const [, routes = ''] = /^ROUTES = '(.*)'$/m.exec(read('wrangler.toml')) ?? []
  const pairs = Object.entries(JSON.parse(routes) as Record<string, string>)
  expect(pairs).toEqual([
    ['/*', '127.0.0.1:8080'],
    ['/hi/*', '127.0.0.1:8081'],
  ])
  for (const [pattern, target] of pairs) {
    expect(read('examples/03-connection-pool/proxy.ts')).toContain(`'${pattern}': '${target}',`)
  }
})

test.each([['wrangler.toml'], ['examples/edge/wrangler.toml']])(
  'npx wrangler deploy --dry-run takes %s',
  async (config) => {
    const folder = createFolder()
    const wrangler = new Wrangler(['deploy', '--dry-run', '--config', config, '--outdir', folder])
    expect([await wrangler.ended, wrangler.output]).toEqual([0, expect.stringContaining('--dry-run: exiting now.')])
    expect(readdirSync(folder)).toContain('worker.js')
  },
)

function read(path: string): string {
  return readFileSync(join(PROJECT_FOLDER, path), 'utf8')
}
