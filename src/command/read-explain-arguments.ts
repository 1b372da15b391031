import { UsageError } from './usage-error.ts'

/** What `sluice explain` is to do. */
export interface ExplainArguments {
  readonly isHelp: boolean
  readonly method: string
  /** Undefined only beside `--help`. */
  readonly url: URL | undefined
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** Without one it is the sluice.config of the folder. */
  readonly file: string | undefined
}

const METHOD = /^[A-Z!#$%&'*+.^_`|~0-9-]+$/

/** Reads the arguments behind `explain`: `GET http://host/path -H 'name: value' sluice.config.ts`. @throws UsageError */
export function readExplainArguments(commandArguments: readonly string[]): ExplainArguments {
  const words: string[] = []
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  let isHelp = false
  const waiting = [...commandArguments]
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [, given] = /^--header=(.*)$/s.exec(next) ?? []
    if (next === '-h' || next === '--help') isHelp = true
    else if (given !== undefined) addHeader(headers, given)
    else if (next === '-H' || next === '--header') addHeader(headers, waiting.shift())
    else if (next.startsWith('-')) throw new UsageError(`Unknown option '${next}'`)
    else words.push(next)
  }
  if (isHelp) return { isHelp, method: 'GET', url: undefined, headers, file: undefined }
  const hasMethod = words.length > 0 && !words[0]?.includes('/')
  const [url, file, extra] = hasMethod ? words.slice(1) : words
  const method = hasMethod ? (words[0] as string) : 'GET'
  if (!METHOD.test(method)) throw new UsageError(`Cannot read method "${method}": expected capitals, as GET`)
  if (url === undefined)
    throw new UsageError('Cannot explain nothing: expected a method and a URL, as GET http://host/path')
  if (extra !== undefined) throw new UsageError(`Cannot explain "${extra}" as well: expected one configuration`)
  return { isHelp, method, url: readUrl(url), headers, file }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url
  throw new UsageError(`Cannot read URL "${text}": expected one such as http://example.com/path`)
}

function addHeader(headers: Record<string, string>, text: string | undefined): void {
  const [, name, value] = /^([^\s:]+):\s*(.*?)\s*$/s.exec(text ?? '') ?? []
  if (name === undefined || value === undefined) {
    throw new UsageError(`Cannot read header "${text ?? ''}": expected 'name: value'`)
  }
  const field = name.toLowerCase()
  headers[field] = headers[field] === undefined ? value : `${headers[field]}, ${value}`
}
