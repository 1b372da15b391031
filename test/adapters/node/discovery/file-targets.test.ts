import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fileTargets, followTargets } from 'sluice/node'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Timer } from '../../../../src/transport.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { RecordingService } from '../../../support/recording-service.ts'
import { discoveryCases, type SourceUnderTest } from './discovery.cases.ts'

vi.setConfig({ testTimeout: 20_000 })

/** Only the watch tells of changes, and soon. */
const WATCHED = { settleMs: 10, pollIntervalMs: 0 }

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-targets-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function createFile(text: string, name = 'targets.yaml'): string {
  const file = join(createFolder(), name)
  writeFileSync(file, text)
  return file
}

/** In one step: nobody sees half of it. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

function follow(file: string | URL, options: Parameters<typeof fileTargets>[1] = WATCHED) {
  const service = new RecordingService()
  const log = new RecordingLog()
  const retry = { minRetryMs: 5, maxRetryMs: 20 }
  const stop = followTargets(service, fileTargets(file, options), { log, ...retry })
  onTestFinished(() => stop())
  return { service, log, stop }
}

/** @param write the way in which programs change a file */
function fileWorld(extension: string, format: (list: readonly string[]) => string, write: typeof replace) {
  return async (): Promise<SourceUnderTest> => {
    const file = join(createFolder(), `targets.${extension}`)
    let text = ''
    let isFailing = false
    const put = (content: string): void => write(file, content)
    return {
      source: fileTargets(file, WATCHED),
      set: (addresses) => {
        text = format(addresses)
        if (!isFailing) put(text)
      },
      fail: () => {
        isFailing = true
        put('targets: [1, ')
      },
      mend: () => {
        isFailing = false
        put(text)
      },
    }
  }
}

const toYaml = (list: readonly string[]): string =>
  list.length === 0 ? 'targets: []\n' : `targets:\n${list.map((address) => `  - ${address}\n`).join('')}`

discoveryCases('fileTargets of YAML that is replaced', fileWorld('yaml', toYaml, replace))
discoveryCases(
  'fileTargets of JSON that is written in place',
  fileWorld('json', (list) => JSON.stringify(list), writeFileSync),
)

describe('fileTargets', () => {
  test('reads addresses, weights, priorities and metadata, from YAML and from JSON', async () => {
    const yaml = createFile(
      '# the two shops\n- 127.0.0.1:8081\n- address: https://shop.example\n  weight: 2.5\n  priority: 1\n  metadata: { zone: eu, version: "2" }\n',
    )
    const json = createFile(
      '{\n\t"targets": [\n\t\t"127.0.0.1:8081",\n\t\t{"address": "https://shop.example", "weight": 2.5, "priority": 1, "metadata": {"zone": "eu", "version": "2"}}\n\t]\n}\n',
      'targets.json',
    )
    const targets = [
      '127.0.0.1:8081',
      { address: 'https://shop.example', weight: 2.5, priority: 1, metadata: { zone: 'eu', version: '2' } },
    ]
    for (const file of [yaml, json]) {
      const { service } = follow(file)
      await service.got(1)
      expect(service.lists).toEqual([targets])
    }
  })

  test.each([
    ['- a:1\n- b:1\n  c: 2\n', '2:3', 'Implicit keys need to be on a single line'],
    ['targets:\n  - a:1\n  - 7\n', '3:5', 'a target is 7, expected "host:port" or an object with "address"'],
    ['targets:\n  - a:1\n  - nowhere\n', '3:5', 'Cannot read address "nowhere"'],
    ['- address: a:1\n  wieght: 3\n', '2:3', '"wieght" is no field here, expected address, weight, priority, metadata'],
    ['- address: a:1\n  weight: -1\n', '2:3', 'weight is -1, expected a number from 0 up'],
    ['- address: a:1\n  weight: "1"\n', '2:3', 'weight is "1", expected a number from 0 up'],
    ['- address: a:1\n  priority: 1.5\n', '2:3', 'priority is 1.5, expected a whole number from 0 up'],
    ['- address: a:1\n  priority: -1\n', '2:3', 'priority is -1, expected a whole number from 0 up'],
    ['- weight: 1\n', '1:3', 'address is missing, expected "host:port"'],
    [
      '- address: a:1\n  metadata:\n    zone: eu\n    version: 2\n',
      '4:5',
      'version is 2, expected text: put it in quotes',
    ],
    ['- address: a:1\n  metadata: eu\n', '2:3', 'metadata is "eu", expected an object'],
    ['- a:1\n- b:1\n- a:1\n', '3:3', 'target 3 is "a:1", as target 1 is already'],
    ['target:\n  - a:1\n', '1:1', '"target" is no field here, expected targets'],
    ['targets: a:1\n', '1:1', 'targets is "a:1", expected a list'],
    ['{}', '1:1', 'targets is missing, expected a list'],
    ['7\n', '1:1', 'expected a list of targets, or "targets:" and a list, and it is 7'],
    ['', '1:1', 'expected a list of targets, or "targets:" and a list, and it is null'],
    ['{"targets": ["a:1", ', '1:21', ''],
    ['- *none\n', '1:1', 'Unresolved alias'],
    ['- a:1\n- a: 1\n  a: 2\n', '3:3', 'Map keys must be unique'],
  ])('says of %j where it is wrong', async (text, place, state) => {
    const file = createFile(text)
    const { log } = follow(file)
    await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1))
    expect(log.messages('warn')[0]).toContain(`Cannot read targets at ${file}:${place}: ${state}`)
    const [line, column] = place.split(':').map(Number)
    expect(log.errors[0]).toMatchObject({ code: 'INVALID_ARGUMENT', location: { file, line, column } })
  })

  test('takes the URL of a file', async () => {
    const { service } = follow(pathToFileURL(createFile('- a:1')))
    await service.got(1)
    expect(service.addresses).toEqual([['a:1']])
  })

  test('says that there is no file, and takes it when there is', async () => {
    const file = join(createFolder(), 'targets.yaml')
    const { service, log } = follow(file)
    await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1))
    expect(log.messages('warn')[0]).toContain(`Cannot read targets from ${file}: there is no such file`)
    replace(file, '- a:1')
    await service.got(1)
    expect(service.addresses).toEqual([['a:1']])
  })

  test('keeps the last list when the file is deleted', async () => {
    const file = createFile('- a:1')
    const { service, log } = follow(file)
    await service.got(1)
    unlinkSync(file)
    await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1))
    replace(file, '- b:1')
    await service.got(2)
    expect(service.addresses).toEqual([['a:1'], ['b:1']])
  })

  test('follows a file that an editor moves away and writes anew', async () => {
    const file = createFile('- a:1')
    const { service } = follow(file)
    await service.got(1)
    renameSync(file, `${file}~`)
    writeFileSync(file, '- b:1')
    await service.got(2)
    expect(service.addresses).toEqual([['a:1'], ['b:1']])
  })

  test('follows a link that is turned, as Kubernetes turns those of a ConfigMap', async () => {
    const folder = createFolder()
    for (const version of ['first', 'second']) {
      mkdirSync(join(folder, version))
      writeFileSync(join(folder, version, 'targets.yaml'), `- ${version}:1`)
    }
    symlinkSync('first', join(folder, 'data'))
    symlinkSync(join('data', 'targets.yaml'), join(folder, 'targets.yaml'))
    const { service } = follow(join(folder, 'targets.yaml'))
    await service.got(1)
    symlinkSync('second', join(folder, 'data.new'))
    renameSync(join(folder, 'data.new'), join(folder, 'data'))
    await service.got(2)
    expect(service.addresses).toEqual([['first:1'], ['second:1']])
  })

  test('finds out by looking what the folder does not tell: a link into another one', async () => {
    const elsewhere = createFile('- a:1')
    const file = join(createFolder(), 'targets.yaml')
    symlinkSync(elsewhere, file)
    const { service } = follow(file, { settleMs: 10, pollIntervalMs: 20 })
    await service.got(1)
    replace(elsewhere, '- b:1')
    await service.got(2)
    expect(service.addresses).toEqual([['a:1'], ['b:1']])
  })

  test('waits until a program that writes in pieces has finished, and reads once', async () => {
    const file = createFile('- a:1')
    const { clock, waits, fire } = manualClock()
    const { service } = follow(file, { settleMs: 40, pollIntervalMs: 0, clock })
    await service.got(1)
    for (const text of ['', '- b:1\n', '- b:1\n- c:1\n']) {
      writeFileSync(file, text)
      await waits(40)
    }
    expect(service.lists).toHaveLength(1)
    while (service.lists.length < 2) await fire()
    expect(service.addresses).toEqual([['a:1'], ['b:1', 'c:1']])
  })

  test('is not disturbed by what else happens in the folder', async () => {
    const file = createFile('- a:1')
    const { service, log } = follow(file)
    await service.got(1)
    writeFileSync(join(file, '..', 'other.txt'), 'x')
    replace(file, '- b:1')
    await service.got(2)
    expect(log.entries).toEqual([])
  })

  test('says that there is no folder, and begins when there is', async () => {
    const folder = join(createFolder(), 'later')
    const file = join(folder, 'targets.yaml')
    const { service, log } = follow(file)
    await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1))
    expect(log.messages('warn')[0]).toContain(`Cannot watch folder ${folder}`)
    mkdirSync(folder)
    replace(file, '- a:1')
    await service.got(1)
    expect(service.addresses).toEqual([['a:1']])
  })

  test.each([
    [['', {}], 'path is ""'],
    [[new URL('http://a/b.yaml'), {}], 'path is "http://a/b.yaml", expected the path of a file, or its URL'],
    [['a.yaml', { settleMs: -1 }], 'settleMs is "-1", expected milliseconds from 0 up'],
    [['a.yaml', { pollIntervalMs: Number.NaN }], 'pollIntervalMs is "NaN"'],
  ])('refuses %j', (given, text) => {
    const [path, options] = given as Parameters<typeof fileTargets>
    expect(() => fileTargets(path, options)).toThrow(text)
  })
})

/** A clock whose timers fire when the test says so. */
function manualClock() {
  const timers = new Set<{ readonly callback: () => void; readonly delayMs: number }>()
  let wake: () => void = () => {}
  const setTimer = (callback: () => void, delayMs: number): Timer => {
    const timer = { callback, delayMs }
    timers.add(timer)
    wake()
    return { cancel: () => void timers.delete(timer) }
  }
  const someTimer = async (): Promise<void> => {
    while (timers.size === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    clock: { setTimer, random: () => 0 },
    /** Until a timer of this length is set. */
    waits: async (delayMs: number): Promise<void> => {
      await someTimer()
      expect([...timers].map((timer) => timer.delayMs)).toContain(delayMs)
    },
    /** Lets the timers that are set fire, once there are some. */
    fire: async (): Promise<void> => {
      await someTimer()
      for (const timer of [...timers]) {
        timers.delete(timer)
        timer.callback()
      }
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
