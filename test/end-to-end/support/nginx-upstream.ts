import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { findClosedAddress } from './closed-address.ts'
import { createScriptFolder } from './script-folder.ts'

/** Whether nginx is installed here. */
export const isNginxInstalled = spawnSync('nginx', ['-v']).status === 0

/**
 * Starts nginx as an upstream that answers each request with its method.
 * @param settings directives of its `http` block, about how it keeps connections
 * @returns its address
 */
export async function startNginxUpstream(settings: string): Promise<string> {
  const address = await findClosedAddress()
  const folder = createScriptFolder({})
  const bodyPaths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)
  const configuration = join(folder, 'nginx.conf')
  writeFileSync(
    configuration,
    `daemon off; master_process off; pid ${join(folder, 'nginx.pid')}; error_log stderr notice;
events { worker_connections 1024; }
http {
  access_log off;
  ${bodyPaths.join(' ')}
  ${settings}
  server { listen ${address}; location / { return 200 "$request_method"; } }
}
`,
  )
  const child = spawn('nginx', ['-p', folder, '-c', configuration, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  await isListening(child)
  return address
}

/** It says how it takes events, and that only once it listens. */
async function isListening(child: ChildProcess): Promise<void> {
  let output = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes('event method')) resolve()
    })
    child.once('close', () => reject(new Error(`Cannot start nginx: it ended and printed\n${output}`)))
  })
}
