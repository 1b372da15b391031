import { spawn } from 'node:child_process'
import { PROJECT_FOLDER } from '../../end-to-end/support/project-folder.ts'
import type { StartedProxy } from './runtime-under-test.ts'

export interface StartProcessOptions {
  readonly env?: Readonly<Record<string, string>>
  /** The line that says where it listens, with the port as its first group. @default `Listening on 127.0.0.1:8000` */
  readonly ready?: RegExp
}

/**
 * Starts a proxy as a process of its own, in the project's folder, and waits until it says where it listens.
 * @throws Error with what it wrote, when it ends before that
 */
export async function startProcess(
  file: string,
  processArguments: readonly string[],
  { env = {}, ready = /Listening on \S*:(\d+)/ }: StartProcessOptions = {},
): Promise<StartedProxy> {
  const child = spawn(file, processArguments, {
    cwd: PROJECT_FOLDER,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const port = await new Promise<number>((resolve, reject) => {
    const read = (text: string): void => {
      output += text
      const match = ready.exec(output)
      if (match !== null) resolve(Number(match[1]))
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`It ended with ${code} before it listened:\n${output}`)))
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  return { port, output: () => output, stop }
}
