import type { Readable, Writable } from 'node:stream'

/** A longer line is written in pieces, each as a line: nothing that a worker writes is held back without a bound. */
const MAX_LINE_LENGTH = 256 * 1024

/**
 * Writes what a worker writes, with its name before each line, and nothing but whole lines: those of several workers
 * never mix. When the output is full, reading stops.
 */
export function forwardLines(input: Readable, prefix: string, output: Writable): void {
  let rest = ''
  const write = (lines: readonly string[]): void => {
    if (output.write(lines.map((line) => `${prefix}${line}\n`).join(''))) return
    input.pause()
    output.once('drain', () => input.resume())
  }
  input.setEncoding('utf8')
  input.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    while (rest.length > MAX_LINE_LENGTH) {
      lines.push(rest.slice(0, MAX_LINE_LENGTH))
      rest = rest.slice(MAX_LINE_LENGTH)
    }
    if (lines.length > 0) write(lines)
  })
  input.on('end', () => {
    if (rest !== '') write([rest])
  })
}
