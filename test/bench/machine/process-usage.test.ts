import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { parseProcessStat, readProcessUsage } from './process-usage.ts'

test('parseProcessStat reads past a name with spaces and parentheses', () => {
  const text = '7 (a) b (c) S 42 7 7 0 -1 4194560 1 2 3 4 150 50 30 20 20 0 11 0 1 2 3'
  expect(parseProcessStat(text)).toEqual({ parentId: 42, cpuSeconds: 2.5 })
})

describe.skipIf(process.platform !== 'linux')('readProcessUsage', () => {
  test('counts what a child uses for its parent', { timeout: 30_000 }, async () => {
    const child = spawn(process.execPath, [
      '-e',
      'const end = process.cpuUsage().user + 1e5; while (process.cpuUsage().user < end); console.log(); process.stdin.resume()',
    ])
    await once(child.stdout, 'data')
    const own = readProcessUsage(child.pid ?? 0)
    const all = readProcessUsage(process.pid)
    child.kill()
    await once(child, 'close')
    expect(own.cpuSeconds).toBeGreaterThanOrEqual(0.08)
    expect(own.peakMemoryBytes).toBeGreaterThan(10 * 1024 * 1024)
    expect(all.cpuSeconds).toBeGreaterThanOrEqual(own.cpuSeconds)
    expect(all.peakMemoryBytes).toBeGreaterThan(own.peakMemoryBytes)
  })

  test('is zero for a process that does not exist', () => {
    // The kernel's process ids end at 2^22.
    expect(readProcessUsage(2 ** 22 + 1)).toEqual({ cpuSeconds: 0, peakMemoryBytes: 0 })
  })
})
