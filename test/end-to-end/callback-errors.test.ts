import { describe, expect, test, vi } from 'vitest'
import { HttpClient } from './support/http-client.ts'
import { nodeExecutables } from './support/node-executables.ts'
import { poolScript } from './support/pool-script.ts'
import { ProxyProcess } from './support/proxy-process.ts'
import { createScriptFolder } from './support/script-folder.ts'
import { Upstream } from './support/upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

const MODULE = `import { Message, pipy } from 'sluice'

export default pipy()
  .listen('127.0.0.1:0')
    .demuxHTTP((request) => request
      .handleMessageStart(({ head }) => {
        const table = head.path === '/bad' ? undefined : {}
        if (table.entry) return
      })
      .replaceMessage(new Message('fine')))
`

const TYPED_MODULE = MODULE.replace('const table =', 'const table: any =')

describe.each(nodeExecutables)('on Node $major', (node) => {
  test('a callback of a script that throws is a 500, logged with its place; the connection stays usable', async () => {
    const upstream = await Upstream.start('upstream')
    const onRequest = "msg.head.path === '/bad' && _g.missing.property"
    const script = poolScript({ '/*': upstream.address }, { onRequest })
    const folder = createScriptFolder({ 'proxy.js': script })
    const proxy = await ProxyProcess.start(['proxy.js'], { folder, node })
    const client = await HttpClient.connect(proxy.port)
    expect(await client.get('/bad')).toMatchObject({ status: 500, body: 'Internal Server Error\n' })
    expect(await client.get('/good')).toMatchObject({ status: 200, body: 'upstream GET /good' })
    const [, line, column] = await proxy.written(/proxy\.js:(\d+):(\d+)/)
    expect(placeOf(script, 'property')).toEqual([Number(line), Number(column)])
    expect(proxy.output).toMatch(/Cannot run the callback of handleMessageStart in pipeline "routing": .*undefined/)
  })

  test.each([
    ['proxy.mjs', MODULE],
    ['proxy.ts', TYPED_MODULE],
  ])(
    'a callback of %s that throws is a 500, logged with its place; the connection stays usable',
    async (file, text) => {
      const folder = createScriptFolder({ [file]: text })
      const proxy = await ProxyProcess.start([file], { folder, node })
      const client = await HttpClient.connect(proxy.port)
      expect(await client.get('/bad')).toMatchObject({ status: 500, body: 'Internal Server Error\n' })
      expect(await client.get('/good')).toMatchObject({ status: 200, body: 'fine' })
      const [, line, column] = await proxy.written(new RegExp(`${file.replace('.', '\\.')}:(\\d+):(\\d+)`))
      expect(placeOf(text, 'entry')).toEqual([Number(line), Number(column)])
    },
  )
})

test('an async callback that rejects is a 500 as well', async () => {
  const script = `pipy()
    .listen('127.0.0.1:0')
    .serveHTTP(async ({ head }) => head.path === '/bad' ? null.property : new Message('fine'))`
  const folder = createScriptFolder({ 'proxy.js': script })
  const proxy = await ProxyProcess.start(['proxy.js'], { folder })
  const client = await HttpClient.connect(proxy.port)
  expect(await client.get('/bad')).toMatchObject({ status: 500, body: 'Internal Server Error\n' })
  expect(await client.get('/good')).toMatchObject({ status: 200, body: 'fine' })
  expect((await proxy.written(/proxy\.js:(\d+):/))[1]).toBe('3')
})

/** Line and column of a word in a text, counted from 1. */
function placeOf(text: string, word: string): [number, number] {
  const before = text.slice(0, text.indexOf(word)).split('\n')
  return [before.length, (before.at(-1) ?? '').length + 1]
}
