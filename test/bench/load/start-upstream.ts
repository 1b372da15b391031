import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findFreePorts } from '../machine/free-ports.ts'
import { RunningProcess } from '../machine/running-process.ts'
import { makeBody, type Work, WORKS } from '../works.ts'

/** The two ports that a proxy sends to: `/hi` and below to the second, all else to the first. */
export type UpstreamPorts = readonly [number, number]

export interface Upstream {
  readonly ports: UpstreamPorts
  stop(): Promise<unknown>
}

/** What the upstream answers to a finished upload. */
export const UPLOAD_ANSWER = 'received\n'

/**
 * Starts the upstream of the timed rounds: one nginx worker that answers from memory, and answers uploads once it has
 * them whole. Beside wrk on one core it gives 40,000 to 50,000 small answers a second: about what the fastest proxies
 * take, so that requests/s levels off there and CPU time is the figure to compare.
 */
export async function startUpstream(nginx: string, core: number | undefined, parent: string): Promise<Upstream> {
  const folder = join(parent, 'upstream')
  mkdirSync(join(folder, 'files'), { recursive: true })
  for (const work of WORKS) {
    const isDownload = work.requestBytes === 0
    writeFileSync(join(folder, 'files', work.path), isDownload ? makeBody(work.answerBytes) : '')
  }
  const [first = 0, second = 0] = await findFreePorts(2)
  const configuration = join(folder, 'nginx.conf')
  writeFileSync(configuration, upstreamConfiguration(folder, [first, second]))
  const command = { file: nginx, arguments: ['-p', folder, '-c', configuration] }
  const server = new RunningProcess(command, { core, folder })
  await server.listening(first)
  await server.listening(second)
  return { ports: [first, second], stop: () => server.stop() }
}

/** nginx drops to an unprivileged user when root starts it, who may not read the work folder: keep root there. */
export const NGINX_USER: string = process.getuid?.() === 0 ? 'user root;' : ''

/** Where nginx puts what it does not hold in memory. */
export function nginxTemporaryPaths(folder: string): string {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join(' ')
}

function upstreamConfiguration(folder: string, [first, second]: UpstreamPorts): string {
  // Works that ask for the same path are answered alike.
  const byPath = new Map(WORKS.map((work) => [work.path, work]))
  const locations = [...byPath.values()]
    .map((work) => `location ${matching(work)} { ${howToAnswer(work)} }`)
    .join('\n    ')
  return `
${NGINX_USER}
daemon off; worker_processes 1; pid ${join(folder, 'nginx.pid')}; error_log stderr crit;
events { worker_connections 8192; multi_accept on; }
http {
  ${nginxTemporaryPaths(folder)}
  access_log off; tcp_nodelay on; open_file_cache max=100; default_type text/plain;
  keepalive_requests 1000000000; keepalive_timeout 1h; client_max_body_size 0; client_body_buffer_size 2m;
  server {
    listen 127.0.0.1:${first} backlog=4096; listen 127.0.0.1:${second} backlog=4096; root ${join(folder, 'files')};
    ${locations}
    location = /mirror { internal; return 204; }
    location = /received { internal; return 200 ${JSON.stringify(UPLOAD_ANSWER)}; }
  }
}
`
}

function matching({ path, pathCount }: Work): string {
  return pathCount === undefined ? `= ${path}` : `${path}/`
}

/** What costs nginx the fewest system calls for such an answer. */
function howToAnswer(work: Work): string {
  // `mirror` makes nginx read a request body to its end first; the file then refuses POST, which becomes the answer.
  if (work.requestBytes > 0) return 'mirror /mirror; error_page 405 =200 /received;'
  if (work.isLarge) return 'sendfile on; tcp_nopush on;'
  // The longest word that nginx takes in its configuration has 4096 characters.
  if (work.answerBytes < 4096) return `return 200 ${makeBody(work.answerBytes)};`
  return 'sendfile off;'
}
