import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { forwardLines } from '../../adapters/node/workers/forward-lines.ts'

/** Runs what a worker writes through, piece by piece. @returns what is written, call by call */
async function forward(pieces: readonly (string | Uint8Array)[]): Promise<string[]> {
  const input = new PassThrough()
  const output = new PassThrough({ highWaterMark: 1 })
  const written: string[] = []
  output.setEncoding('utf8').on('data', (text: string) => written.push(text))
  forwardLines(input, '[worker 1] ', output)
  for (const piece of pieces) {
    input.write(piece)
    await new Promise(setImmediate)
  }
  const ended = new Promise((resolve) => input.once('close', resolve))
  input.end()
  await ended
  return written
}

test('forwardLines writes whole lines only, each with the prefix, however they arrive', async () => {
  expect(await forward(['one\ntw', 'o', '\n\nthree\n'])).toEqual([
    '[worker 1] one\n',
    '[worker 1] two\n[worker 1] \n[worker 1] three\n',
  ])
})

test('forwardLines ends a last line that has no end', async () => {
  expect(await forward(['one\nlast'])).toEqual(['[worker 1] one\n', '[worker 1] last\n'])
})

test('forwardLines puts characters together that arrive in parts', async () => {
  const bytes = Buffer.from('süß\n')
  expect(await forward([bytes.subarray(0, 2), bytes.subarray(2)])).toEqual(['[worker 1] süß\n'])
})

test('forwardLines writes a line of more than 256 KiB in pieces', async () => {
  const text = (await forward(['x'.repeat(300_000), '\n'])).join('')
  const lines = text.split('\n').slice(0, -1)
  expect(lines.every((line) => /^\[worker 1\] x+$/.test(line))).toBe(true)
  expect(lines.reduce((sum, line) => sum + line.length - '[worker 1] '.length, 0)).toBe(300_000)
  expect(lines.length).toBe(2)
})

test('forwardLines reads no further while the output is full', async () => {
  const input = new PassThrough()
  const output = new PassThrough({ highWaterMark: 1 })
  forwardLines(input, '', output)
  input.write('one\n')
  await new Promise(setImmediate)
  expect(input.isPaused()).toBe(true)
  expect(output.read()?.toString()).toBe('one\n')
  await new Promise((resolve) => input.once('resume', resolve))
  expect(input.isPaused()).toBe(false)
})
