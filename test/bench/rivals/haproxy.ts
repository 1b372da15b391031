import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Feature, Place, Rival } from './rival.ts'
import { READ_HEADERS, SET_HEADER } from './vary-example.ts'

/** HAProxy writes every header name in lower case. */
const LACKS: readonly Feature[] = ['forwards header names as they came']

/** What a script does in the set-up `headers`. */
const HEADERS = `http-request set-header ${SET_HEADER} "${READ_HEADERS.map((name) => `%[req.hdr(${name})]`).join(' ')}"`

/** One HAProxy thread that shares idle upstream connections, without a log, otherwise at its defaults. */
export function haproxy(file: string, version: string): Rival {
  return {
    name: 'haproxy',
    title: version,
    isJavaScript: false,
    lacks: LACKS,
    setups: ['pool', 'headers'],
    prepare: (place, setup) => prepare(file, place, '', setup === 'headers' ? HEADERS : ''),
  }
}

/** The same with 64 KiB buffers, as those who tune it for large bodies have it. */
export function haproxyTuned(file: string, version: string): Rival {
  return {
    name: 'haproxy-tuned',
    title: `${version}, tuned`,
    isJavaScript: false,
    onlyFor: ['1m', '1m-up'],
    lacks: LACKS,
    prepare: (place) => prepare(file, place, 'tune.bufsize 65536', ''),
  }
}

function prepare(file: string, place: Place, setting: string, rule: string): ReturnType<Rival['prepare']> {
  const { folder, port, upstreamPorts } = place
  const configuration = join(folder, 'haproxy.cfg')
  const [first, second] = upstreamPorts
  writeFileSync(
    configuration,
    `
global
  nbthread 1
  maxconn 8192
  ${setting}
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
  http-reuse always
frontend in
  bind 127.0.0.1:${port} backlog 4096
  ${rule}
  use_backend second if { path /hi } || { path_beg /hi/ }
  default_backend first
backend first
  server first 127.0.0.1:${first}
backend second
  server second 127.0.0.1:${second}
`,
  )
  return { file, arguments: ['-db', '-q', '-f', configuration] }
}
