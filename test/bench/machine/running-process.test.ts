import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { RunningProcess } from './running-process.ts'

const MODULE = fileURLToPath(new URL('running-process.ts', import.meta.url))

function run(script: string): RunningProcess {
  return new RunningProcess({ file: process.execPath, arguments: ['-e', script] }, { folder: tmpdir() })
}

describe.skipIf(process.platform !== 'linux')('RunningProcess', () => {
  test('gives what the process printed when it has finished', async () => {
    expect(await run('console.log("done")').finish(undefined, 30_000)).toBe('done\n')
  })

  test('interrupts a process that has had its time', async () => {
    expect(await run('setInterval(() => {}, 1e6)').finish(100, 600_000)).toBe('')
  })

  test('says what a process printed that ends before its port is open', async () => {
    await expect(run('console.error("no such file")').listening(1)).rejects.toThrow(
      'it ended and printed\nno such file',
    )
  })

  test('waits for what a process prints', async () => {
    const process = run('setTimeout(() => console.log("Listening on 1"), 1); setInterval(() => {}, 1e6)')
    await process.printed(/Listening on \d/)
    expect(process.log).toBe('Listening on 1\n')
    await process.stop()
  })

  test('does not wait for what a process prints that has ended', async () => {
    await expect(run('console.error("no such file")').printed(/Listening/)).rejects.toThrow(
      'it ended and printed\nno such file',
    )
  })

  test('ends the children of its processes with the process that started them', { timeout: 30_000 }, async () => {
    const grandchild = 'console.log(process.pid); setInterval(() => {}, 1e6)'
    const child = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(grandchild)}], { stdio: "inherit" })`
    const script = `
      const { RunningProcess } = await import(${JSON.stringify(MODULE)})
      const child = new RunningProcess({ file: process.execPath, arguments: ['-e', ${JSON.stringify(child)}] }, { folder: '/' })
      while (child.log === '') await new Promise(setImmediate)
      console.log(child.log)
      process.kill(process.pid, 'SIGTERM')
      setInterval(() => {}, 1e6)`
    const starter = spawn(process.execPath, ['--input-type=module', '-e', script])
    const [text] = await once(starter.stdout, 'data')
    await once(starter, 'exit')
    const id = Number(String(text))
    expect(id).toBeGreaterThan(1)
    await expect.poll(() => existsSync(`/proc/${id}`), { timeout: 10_000 }).toBe(false)
  })
})
