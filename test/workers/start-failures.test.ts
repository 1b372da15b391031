import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { CommandProcess } from '../command/command-process.ts'
import { nodeExecutables } from '../end-to-end/support/node-executables.ts'

vi.setConfig({ testTimeout: 30_000 })

describe.each(nodeExecutables)('on Node $major', (node) => {
  test('--workers 2 refuses a port that is in use, and says so once', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const files = { 'proxy.js': `pipy().listen('127.0.0.1:${port}').dummy()\n` }
    const { code, stdout, stderr } = await CommandProcess.run(['--workers', '2', 'proxy.js'], { node, files })
    expect(stderr).toMatch(new RegExp(`^sluice: Cannot listen on "127\\.0\\.0\\.1:${port}": the port is in use.*\n$`))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })

  test('workers that die at once end the command with 1, and what the first one wrote is shown once', async () => {
    const module = `import { Message, pipy } from 'sluice'
process.nextTick(() => { throw new Error('no configuration') })
await new Promise(() => undefined)
export default pipy().listen('127.0.0.1:0').serveHTTP(new Message())
`
    const files = { 'proxy.mjs': module }
    const { code, stderr } = await CommandProcess.run(['--workers', '4', 'proxy.mjs'], { node, files })
    expect(stderr.match(/Error: no configuration/g)).toHaveLength(1)
    expect(stderr).toMatch(/^\[worker 1\] /)
    expect(stderr).toMatch(/\nsluice: Cannot start: worker 1 ended with exit code 1 before it served\n$/)
    expect(code).toBe(1)
  })
})

test('a second command with workers refuses the port of the first one', async () => {
  const first = await CommandProcess.start(['--workers', '2', 'proxy.js'], {
    files: { 'proxy.js': `pipy().listen('127.0.0.1:0').dummy()\n` },
  })
  const files = { 'proxy.js': `pipy().listen('127.0.0.1:${first.port}').dummy()\n` }
  const { code, stderr } = await CommandProcess.run(['--workers', '2', 'proxy.js'], { files })
  expect(stderr).toMatch(/^sluice: Cannot listen on .*: the port is in use.*\n$/)
  expect(code).toBe(1)
})

test('a proxy that listens on one port twice is refused', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const listen = `.listen('127.0.0.1:${port}').dummy()`
  const { code, stderr } = await CommandProcess.run(['--workers', '2', 'proxy.js'], {
    files: { 'proxy.js': `pipy()${listen}${listen}\n` },
  })
  expect(stderr).toMatch(/^sluice: Cannot listen on .*: the port is in use.*\n$/)
  expect(code).toBe(1)
})

test('--workers 2 tells once why a proxy cannot run', async () => {
  const files = { 'proxy.js': 'pipy({\n  _x: 1\n  _y: 2\n})\n' }
  const { code, stdout, stderr } = await CommandProcess.run(['--workers', '2', 'proxy.js'], { files })
  expect(stderr).toBe('sluice: Cannot parse script: unexpected token at proxy.js:3:3\n3 |   _y: 2\n  |   ^\n')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
})

test('a worker that is killed before it serves ends the command with 1', async () => {
  const module = `process.kill(process.pid, 'SIGKILL')\nexport default 1\n`
  const files = { 'proxy.mjs': module }
  const { code, stderr } = await CommandProcess.run(['--workers', '2', 'proxy.mjs'], { files })
  expect(stderr).toBe('sluice: Cannot start: worker 1 was killed by SIGKILL before it served\n')
  expect(code).toBe(1)
})

test.each([0, 3])('pipy.exit(%d) in a worker ends the command with that code', async (exitCode) => {
  const files = { 'proxy.js': `pipy().task().handleMessageStart(() => pipy.exit(${exitCode}))\n` }
  expect((await CommandProcess.run(['--workers', '2', 'proxy.js'], { files })).code).toBe(exitCode)
})
