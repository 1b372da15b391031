import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { HELP, parseCommandLine } from '../../adapters/node/command/parse-command-line.ts'
import { UsageError } from '../../src/command/usage-error.ts'
import { LIMITS } from '../../src/limits.ts'

test('parseCommandLine without arguments runs the demo with the defaults', () => {
  expect(parseCommandLine([])).toEqual({
    action: 'run',
    script: undefined,
    logLevel: 'info',
    drainTimeoutMs: LIMITS.drainTimeoutMs,
    workers: 1,
  })
})

test.each([
  [['proxy.js'], { action: 'run', script: 'proxy.js' }],
  [['--check', 'proxy.js'], { action: 'check', script: 'proxy.js' }],
  [['proxy.js', '--check'], { action: 'check', script: 'proxy.js' }],
  [['--help'], { action: 'help' }],
  [['-h', 'proxy.js'], { action: 'help' }],
  [['-v'], { action: 'version' }],
  [['--log-level', 'debug'], { logLevel: 'debug' }],
  [['--log-level=silent'], { logLevel: 'silent' }],
  [['--drain-timeout', '3'], { drainTimeoutMs: 3000 }],
  [['--drain-timeout', '0.5'], { drainTimeoutMs: 500 }],
  [['--drain-timeout', '10s'], { drainTimeoutMs: 10_000 }],
  [['--drain-timeout', '1m'], { drainTimeoutMs: 60_000 }],
  [['--workers', '1'], { workers: 1 }],
  [['--workers=4'], { workers: 4 }],
  [['--workers', 'max'], { workers: availableParallelism() }],
  [['--', '--strange-name.js'], { action: 'run', script: '--strange-name.js' }],
])('parseCommandLine reads %j', (commandArguments, expected) => {
  expect(parseCommandLine(commandArguments)).toMatchObject(expected)
})

test.each([
  [['--unknown'], "Unknown option '--unknown'"],
  [['--log-level'], '--log-level'],
  [['--log-level', 'loud'], 'Unknown log level "loud": expected silent, error, warn, info, debug'],
  [['--drain-timeout', 'soon'], 'Cannot read drain timeout "soon"'],
  [['--drain-timeout', '500ms'], 'Cannot read drain timeout "500ms"'],
  [['--workers', '0'], 'Cannot read number of workers "0": expected 1 to 1024, or max'],
  [['--workers', '1025'], 'Cannot read number of workers "1025"'],
  [['--workers', '1.5'], 'Cannot read number of workers "1.5"'],
  [['--workers', 'all'], 'Cannot read number of workers "all"'],
  [['--workers', ''], 'Cannot read number of workers ""'],
  [['--workers=-2'], 'Cannot read number of workers "-2"'],
  [['--workers'], '--workers'],
  [['--check=yes'], '--check'],
  [['one.js', 'two.js'], 'Cannot run "two.js" as well'],
])('parseCommandLine refuses %j', (commandArguments, message) => {
  expect(() => parseCommandLine(commandArguments)).toThrow(UsageError)
  expect(() => parseCommandLine(commandArguments)).toThrow(message)
})

test('HELP names every option and its default', () => {
  for (const text of [
    '--check',
    '--drain-timeout',
    '--log-level',
    '--workers',
    '--help',
    '--version',
    'default: 10s',
    'default: info',
  ]) {
    expect(HELP).toContain(text)
  }
})
