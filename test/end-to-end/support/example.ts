import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT_FOLDER } from './project-folder.ts'
import { ProxyProcess, type ProxyProcessOptions } from './proxy-process.ts'
import { createScriptFolder } from './script-folder.ts'

/** Upstream addresses by the port that stands for them in an example. */
export type ExampleUpstreams = Readonly<Record<number, string>>

/** An example's text, listening on free ports of 127.0.0.1 and sending requests to other upstreams. */
export function readExample(path: string, upstreams: ExampleUpstreams = {}): string {
  let text = readFileSync(join(PROJECT_FOLDER, 'examples', path), 'utf8')
  text = replaceAll(path, text, /\.listen\(\d+\)/g, ".listen('127.0.0.1:0')")
  for (const [port, address] of Object.entries(upstreams)) {
    text = replaceAll(path, text, new RegExp(`127\\.0\\.0\\.1:${port}\\b`, 'g'), address)
  }
  return text
}

/** Runs an example with nothing changed but its ports, from a folder of a user's own. */
export async function startExample(
  path: string,
  upstreams: ExampleUpstreams = {},
  options: ProxyProcessOptions = {},
): Promise<ProxyProcess> {
  const file = path.slice(path.lastIndexOf('/') + 1)
  const folder = createScriptFolder({ [file]: readExample(path, upstreams) })
  return await ProxyProcess.start([file], { folder, ...options })
}

function replaceAll(path: string, text: string, pattern: RegExp, replacement: string): string {
  const replaced = text.replace(pattern, replacement)
  if (replaced === text) throw new Error(`Cannot set the ports of ${path}: nothing in it fits ${pattern}`)
  return replaced
}
