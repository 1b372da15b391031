import { expect, test } from 'vitest'
import { type LogLevel, NodeLog, type NodeLogOptions } from '../../../adapters/node/node-log.ts'

function record(options: NodeLogOptions = {}): {
  readonly log: NodeLog
  readonly out: string[]
  readonly err: string[]
} {
  const out: string[] = []
  const err: string[] = []
  const log = new NodeLog({
    ...options,
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
  })
  return { log, out, err }
}

const LOCATION = { file: '/srv/proxy.js', line: 3, column: 9 }

test('NodeLog writes what scripts print as it is, and what is wrong with time and level', () => {
  const { log, out, err } = record({ level: 'debug' })
  log.info('plain\u001b[1m text')
  log.warn('careful')
  log.error('broken')
  log.debug('detail')
  expect(out).toEqual(['plain\u001b[1m text\n'])
  expect(err.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /, ''))).toEqual([
    'warn careful\n',
    'error broken\n',
    'debug detail\n',
  ])
})

test.each<[LogLevel | undefined, number, number]>([
  ['silent', 0, 0],
  ['error', 0, 1],
  ['warn', 0, 2],
  ['info', 1, 2],
  [undefined, 1, 2],
  ['debug', 1, 3],
])('NodeLog of level %s writes %i lines of output and %i of errors', (level, outCount, errCount) => {
  const { log, out, err } = record(level === undefined ? {} : { level })
  log.error('a')
  log.warn('b')
  log.info('c')
  log.debug('d')
  expect([out.length, err.length]).toEqual([outCount, errCount])
})

test('NodeLog adds the place that an error arose at, once', () => {
  const { log, err } = record({ locate: (error) => (error instanceof Error ? LOCATION : undefined) })
  log.error('Cannot run', new Error('x'))
  log.error('Cannot run at /srv/proxy.js:3:9', new Error('x'))
  log.warn('Cannot run', 'no error')
  log.warn('Cannot run')
  expect(err.map((line) => line.slice(line.indexOf(' ') + 1))).toEqual([
    'error Cannot run at /srv/proxy.js:3:9\n',
    'error Cannot run at /srv/proxy.js:3:9\n',
    'warn Cannot run\n',
    'warn Cannot run\n',
  ])
})

test('NodeLog shows control characters of a client instead of sending them to the terminal', () => {
  const { log, err } = record()
  log.warn('Cannot read "\u001b]0;title\u0007\r\u009b"\n  second line')
  expect(err[0]).toContain('"\\x1b]0;title\\x07\\x0d\\x9b"\n  second line\n')
})

test('NodeLog writes the stacks of an error and its causes at level debug only', () => {
  const error = new Error('outer', { cause: new Error('inner') })
  const debug = record({ level: 'debug' })
  debug.log.error('Cannot run', error)
  expect(debug.err[0]).toMatch(/Error: outer\n\s+at [\s\S]*Error: inner\n\s+at /)
  const info = record()
  info.log.error('Cannot run', error)
  expect(info.err[0]).not.toContain('at ')
})
