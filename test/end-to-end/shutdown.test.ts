import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { HttpClient } from './support/http-client.ts'
import { nodeExecutables } from './support/node-executables.ts'
import { poolScript } from './support/pool-script.ts'
import { ProxyProcess } from './support/proxy-process.ts'
import { createScriptFolder } from './support/script-folder.ts'
import { Upstream } from './support/upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

describe.each(nodeExecutables)('on Node $major', (node) => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s lets the request in flight finish, accepts nothing more and exits with 0',
    async (signal) => {
      const held: ServerResponse[] = []
      const upstream = await Upstream.start('upstream', (_, response) => {
        response.write('first half, ')
        held.push(response)
      })
      const folder = createScriptFolder({ 'proxy.js': poolScript({ '/*': upstream.address }) })
      const proxy = await ProxyProcess.start(['--drain-timeout', '1h', 'proxy.js'], { folder, node })
      const idle = await HttpClient.connect(proxy.port)
      const client = await HttpClient.connect(proxy.port)
      const answer = client.get('/')
      await upstream.received(1)

      proxy.signal(signal)
      // A connection that nothing is owed to is closed first; by then the port is closed too.
      expect(await idle.readToEnd()).toBe('')
      await expectRefused(proxy.port)
      expect(proxy.isRunning).toBe(true)

      held[0]?.end('second half')
      expect(await answer).toMatchObject({ status: 200, body: 'first half, second half' })
      expect(await proxy.ended).toEqual({ code: 0, signal: null })
    },
  )
})

test('--drain-timeout bounds how long a request in flight is waited for', async () => {
  const upstream = await Upstream.start('upstream', (_, response) => response.write('for ever'))
  const folder = createScriptFolder({ 'proxy.js': poolScript({ '/*': upstream.address }) })
  const proxy = await ProxyProcess.start(['--drain-timeout', '0.2', 'proxy.js'], { folder })
  const client = await HttpClient.connect(proxy.port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await upstream.received(1)
  proxy.signal('SIGTERM')
  expect((await proxy.ended).signal).toBeNull()
})

async function expectRefused(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' })
  const outcome = await new Promise((resolve) => {
    socket.once('connect', () => resolve('connected'))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
  socket.destroy()
  expect(outcome).toBe('ECONNREFUSED')
}
