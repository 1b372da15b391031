import type { UpstreamPorts } from '../load/start-upstream.ts'
import { ASKED_ROUTE_COUNT, type Setup } from '../works.ts'

/** The header field that the script of the set-up `headers` sets, from the fields that it reads. */
export const SET_HEADER = 'X-Account'
/** The fields that it reads, in the order in which it joins their values with spaces. */
export const READ_HEADERS = ['X-User', 'X-Plan', 'X-Region'] as const

/** The routes of the set-up `routes`: those that are asked for, those below, and the two of the example. */
export const ROUTE_COUNT = 1000
/** The routes that show whether each path finds its own: they lead to the second upstream, as `/hi/*` does. */
export const MARKED_ROUTE_COUNT: number = ROUTE_COUNT - ASKED_ROUTE_COUNT - 2

/**
 * The text of example 03, as a script or in the typed form, set up for a work. Its ports are to be set already.
 * Throws when the example has not the lines that are to be changed.
 */
export function varyExample(text: string, setup: Setup, upstreamPorts: UpstreamPorts): string {
  if (setup === 'headers') return setHeader(text)
  if (setup === 'routes') return addRoutes(text, upstreamPorts)
  return text
}

function setHeader(text: string): string {
  const values = READ_HEADERS.map((name) => `head.headers['${name.toLowerCase()}']`)
  const assignment = `head.headers['${SET_HEADER.toLowerCase()}'] = ${values.join(" + ' ' + ")}`
  const find = 'ervices.find(head.headers.host, head.path)'
  const script = `_address = _s${find}`
  if (text.includes(script)) return text.replace(script, `(${script}, ${assignment})`)
  return replaceLine(text, `      $.address = s${find} ?? ''\n`, (line) => `${line}      ${assignment}\n`)
}

function addRoutes(text: string, [first, second]: UpstreamPorts): string {
  const rules = [
    ...Array.from({ length: ASKED_ROUTE_COUNT }, (_, i) => `'/route/${i}/*': '127.0.0.1:${first}',\n`),
    ...Array.from({ length: MARKED_ROUTE_COUNT }, (_, i) => `'/marked/${i}/*': '127.0.0.1:${second}',\n`),
  ]
  return replaceLine(text, `'/hi/*': '127.0.0.1:${second}',\n`, (line) => line + rules.join(''))
}

function replaceLine(text: string, line: string, replace: (line: string) => string): string {
  if (!text.includes(line)) throw new Error(`Cannot change example 03: it has no line ${JSON.stringify(line)}`)
  return text.replace(line, replace)
}
