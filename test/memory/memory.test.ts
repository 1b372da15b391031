import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { runCycles } from './cycles.ts'
import { openSocket, whenClosed } from './sockets.ts'
import { WORKS } from './works.ts'

vi.setConfig({ testTimeout: 60_000 })

const settings = { isFull: false, isTiny: true, nodeFile: process.execPath }

test.each(WORKS.map((work) => [work.name, work] as const))(
  'a proxy stays within its bounds when there are %s',
  async (_, work) => {
    const { isWithinBounds, text } = await work.run(settings)
    expect(isWithinBounds, text).toBe(true)
  },
)

test('runCycles finds a proxy that keeps something of each request', async () => {
  const { isWithinBounds, figures } = await runCycles({
    ...settings,
    what: 'requests',
    script: `pipy({ _g: { kept: [] } })
.listen('127.0.0.1:0')
  .demuxHTTP('request')
.pipeline('request')
  .handleMessageStart(() => (_g.kept.push(new Array(10000).fill(0))))
  .replaceMessage(new Message('hello'))
`,
    cycle: async (port) => {
      const socket = await openSocket(port)
      const closed = whenClosed(socket)
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      await once(socket, 'data')
      socket.destroy()
      await closed
    },
    isOver: () => true,
  })
  expect(figures['filesAfter']).toBe(figures['filesBefore'])
  expect(isWithinBounds).toBe(false)
})
