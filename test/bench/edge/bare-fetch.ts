import type { UpstreamPorts } from '../load/start-upstream.ts'

/**
 * The text of a module that exports a proxy made of the runtime's fetch alone: it chooses one of two upstreams by path, as
 * example 03 does, and gives the answer back as it comes.
 * @param end what makes it a server on this runtime
 */
export function bareFetch([first, second]: UpstreamPorts, end: string): string {
  return `
function forward(request) {
  const { pathname, search } = new URL(request.url)
  const port = pathname === '/hi' || pathname.startsWith('/hi/') ? ${second} : ${first}
  return fetch(new Request('http://127.0.0.1:' + port + pathname + search, request), { redirect: 'manual' })
}
${end}
`
}
