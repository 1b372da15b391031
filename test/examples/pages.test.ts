import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, vi } from 'vitest'
import { expectConsole } from '../end-to-end/support/console-session.ts'
import { startExample } from '../end-to-end/support/example.ts'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'

vi.setConfig({ testTimeout: 20_000 })

describe.each(['proxy.js', 'proxy.ts'])('with %s', (form) => {
  test.each(['02-routing', '03-connection-pool', '04-load-balancing', '06-rate-limit'])(
    'the commands in %s/README.md print what it says',
    async (example) => {
      const upstreams = await startExample('upstreams.js', {}, { listenerCount: 3 })
      const ports = {
        8080: upstreams.ports[0] as number,
        8081: upstreams.ports[1] as number,
        8082: upstreams.ports[2] as number,
      }
      const used = Object.entries(ports).filter(([port]) => readText(`${example}/${form}`).includes(`:${port}`))
      const addresses = Object.fromEntries(used.map(([port, real]) => [port, `127.0.0.1:${real}`]))
      const { port } = await startExample(`${example}/${form}`, addresses)
      await expectConsole(readText(`${example}/README.md`), { ...ports, 8000: port })
    },
  )

  test('the commands in 01-hello/README.md print what it says', async () => {
    const { ports } = await startExample(`01-hello/${form}`, {}, { listenerCount: 2 })
    await expectConsole(readText('01-hello/README.md'), { 8080: ports[0] as number, 8081: ports[1] as number })
  })
})

function readText(path: string): string {
  return readFileSync(join(PROJECT_FOLDER, 'examples', path), 'utf8')
}
