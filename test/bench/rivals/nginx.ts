import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NGINX_USER, nginxTemporaryPaths } from '../load/start-upstream.ts'
import type { Place, Rival } from './rival.ts'
import { READ_HEADERS, SET_HEADER } from './vary-example.ts'

/** How nginx is set up by those who tune it for large bodies: larger buffers, nothing on disk. */
const TUNED = `
    proxy_buffer_size 64k; proxy_buffers 16 64k; proxy_busy_buffers_size 128k; proxy_max_temp_file_size 0;
    client_body_buffer_size 64k; proxy_request_buffering off;`

const VALUES = READ_HEADERS.map((name) => `$http_${name.toLowerCase().replaceAll('-', '_')}`)
/** What a script does in the set-up `headers`. */
const HEADERS = ` proxy_set_header ${SET_HEADER} "${VALUES.join(' ')}";`

/** One nginx worker with upstream keep-alive and no access log, otherwise at its defaults. */
export function nginx(file: string, version: string): Rival {
  return {
    name: 'nginx',
    title: version,
    isJavaScript: false,
    setups: ['pool', 'headers'],
    prepare: (place, setup) => prepare(file, place, setup === 'headers' ? HEADERS : ''),
  }
}

/** The same with 64 KiB buffers and no temporary files. */
export function nginxTuned(file: string, version: string): Rival {
  return {
    name: 'nginx-tuned',
    title: `${version}, tuned`,
    isJavaScript: false,
    onlyFor: ['1m', '1m-up'],
    prepare: (place) => prepare(file, place, TUNED),
  }
}

function prepare(file: string, place: Place, settings: string): ReturnType<Rival['prepare']> {
  const { folder, port, upstreamPorts } = place
  const configuration = join(folder, 'nginx.conf')
  const [first, second] = upstreamPorts
  // More than there are client connections in any work, so that none has to be opened again.
  const keepAlive = 'keepalive 2048; keepalive_requests 1000000000;'
  writeFileSync(
    configuration,
    `
${NGINX_USER}
daemon off; worker_processes 1; pid ${join(folder, 'nginx.pid')}; error_log stderr crit;
events { worker_connections 8192; }
http {
  ${nginxTemporaryPaths(folder)}
  access_log off; tcp_nodelay on; client_max_body_size 0; keepalive_requests 1000000000;
  upstream first { server 127.0.0.1:${first}; ${keepAlive} }
  upstream second { server 127.0.0.1:${second}; ${keepAlive} }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;${settings}
    location / { proxy_pass http://first; }
    location = /hi { proxy_pass http://second; }
    location /hi/ { proxy_pass http://second; }
  }
}
`,
  )
  return { file, arguments: ['-p', folder, '-c', configuration] }
}
