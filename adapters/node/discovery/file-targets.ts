import { watch, type FSWatcher } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FindTargets, TargetUpdate } from '../../../src/algorithms/service/target-source.ts'
import { ProxyError } from '../../../src/errors.ts'
import { nodeClock } from '../node-clock.ts'
import type { DiscoveryClock } from './discovery-clock.ts'
import { LatestEvent } from './latest-event.ts'
import { readTargetFile } from './read-target-file.ts'

export interface FileTargetsOptions {
  /** After the last sign of a change, before the file is read: a program that writes it in pieces has finished. @default 50 */
  readonly settleMs?: number
  /**
   * Looks at the file without a sign as well: some file systems give none, and a link may lead elsewhere. 0 never.
   * @default 10,000
   */
  readonly pollIntervalMs?: number
  /** @default the process's own */
  readonly clock?: DiscoveryClock
}

/** A file that is written to all the time is read all the same, after so many waits. */
const MAX_SETTLES = 20

/**
 * Targets from a file of JSON or YAML, read again when it changes: a list of addresses and of
 * `{ address, weight, priority, metadata }`, or an object whose `targets` is one. The file's folder is watched, so it may be written in
 * place, replaced by another one, or be a link that is turned, as Kubernetes does with a ConfigMap.
 *
 * Where the folder cannot be watched, the log says so once and the file is looked at every `pollIntervalMs`.
 *
 * A file that is missing or has something wrong in it is an error with file, line and column, and the last list stays; the
 * next change counts. Replace the file in one step (`mv`) if it is large: a list that is written half is a list.
 * @param path of the file, from the process's folder; or its URL: `new URL('targets.yaml', import.meta.url)`
 * @throws INVALID_ARGUMENT for times that are none
 */
export function fileTargets(
  path: string | URL,
  options: FileTargetsOptions = {},
): FindTargets & { description: string } {
  const { settleMs = 50, pollIntervalMs = 10_000, clock = nodeClock } = options
  if (!(settleMs >= 0)) throw refuse(`settleMs is "${String(settleMs)}", expected milliseconds from 0 up`)
  if (!(pollIntervalMs >= 0)) {
    throw refuse(`pollIntervalMs is "${String(pollIntervalMs)}", expected milliseconds from 0 up`)
  }
  const file = readPath(path)

  async function* find(signal: AbortSignal): AsyncGenerator<TargetUpdate> {
    const event = new LatestEvent()
    let watcher: FSWatcher | undefined
    try {
      watcher = watchFolder(file, event)
    } catch (error) {
      if (pollIntervalMs === 0) throw error
      yield error as Error
    }
    try {
      let before: string | undefined
      while (!signal.aborted) {
        const stamp = await stampOf(file)
        if (stamp !== before) {
          before = stamp
          yield await readOrError(file)
        }
        const isSignalled = await event.wait(clock, pollIntervalMs, signal)
        for (let i = 0; isSignalled && settleMs > 0 && i < MAX_SETTLES; i++) {
          if (!(await event.wait(clock, settleMs, signal))) break
        }
      }
    } finally {
      watcher?.close()
    }
  }
  return Object.assign(find, { description: `file ${file}` })
}

function readPath(path: string | URL): string {
  if (typeof path === 'string' && path !== '') return resolve(path)
  if (path instanceof URL && path.protocol === 'file:') return fileURLToPath(path)
  throw refuse(`path is "${String(path)}", expected the path of a file, or its URL`)
}

/** Editors and deployments replace the file: only its folder sees that. */
function watchFolder(file: string, event: LatestEvent): FSWatcher {
  const folder = dirname(file)
  const failure = (error: unknown): ProxyError => {
    const text = `Cannot watch folder ${folder}: ${(error as Error).message}`
    return new ProxyError('DISCOVERY_FAILED', text, { cause: error })
  }
  try {
    const watcher = watch(folder, { persistent: false }, () => event.happen())
    return watcher.on('error', (error) => event.fail(failure(error)))
  } catch (error) {
    throw failure(error)
  }
}

async function readOrError(file: string): Promise<TargetUpdate> {
  try {
    return await readTargetFile(file)
  } catch (error) {
    return error as Error
  }
}

/** Another one when the file is another one or was written to; what else happens in its folder does not count. */
async function stampOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

function refuse(state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot read targets from a file: ${state}`)
}
