import type { ReadMessage } from '../reading.ts'
import type { Random } from './random.ts'

/** A valid message: how it goes over the wire, and what it says. */
export interface GeneratedMessage {
  readonly text: string
  readonly meaning: ReadMessage
}

const TOKEN = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const TARGET = '!$%&\'()*+,-./0123456789:;<=>?@ABC[\\]^_`abc{|}~"'
const VALUE = ' \t!"#$%&\'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\x80\xa0\xff'
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND']
const STATUSES = [200, 201, 204, 205, 206, 301, 304, 400, 404, 500, 503, 299, 999]
const KNOWN_FIELDS = [
  'Connection: keep-alive',
  'Connection: close',
  'Connection: X, keep-alive',
  'Connection: host',
  'Connection: content-length, Transfer-Encoding',
  'Keep-Alive: timeout=5',
  'Proxy-Connection: close',
  'TE: trailers',
  'Expect: 100-continue',
  'Upgrade: h2c',
  'Cookie: a=b',
  'Set-Cookie: a=b',
  'Connection: TE, via, x-forwarded-for',
  'TE: gzip;q=0.5, trailers',
  'Via: 1.1 a',
  'X-Forwarded-For: 1.2.3.4',
  'X_Forwarded_For: 1.2.3.4',
  'Forwarded: for="[::1]";proto=https',
  'Max-Forwards: 1',
  'Trailer: X',
  'Accept-Encoding: gzip, br',
  'Content_Length: 5',
  'constructor: x',
]

type Field = readonly [name: string, value: string]

/** Makes a request. */
export function generateRequest(random: Random): GeneratedMessage {
  const isOld = random.chance(0.1)
  const method = random.chance(0.9) ? random.pick(METHODS) : `X${random.text(TOKEN, 0, 8)}`
  if (random.chance(0.03)) return generateConnect(random)
  const isAbsolute = random.chance(0.1)
  const path = `/${random.text(TARGET, 0, 12)}`
  const target = isAbsolute ? `http://a.b:80${path}` : path
  const host: Field = ['Host', isAbsolute ? 'a.b:80' : random.pick(['a', 'a.b:80', '[::1]', '', '127.0.0.1:8080'])]
  const fields = generateFields(random)
  if (!isOld || random.chance(0.5)) fields.splice(random.below(fields.length + 1), 0, host)
  const framing = random.pick(isOld ? ['none', 'length'] : ['none', 'none', 'length', 'chunked'])
  const emptyLine = random.chance(0.05) ? '\r\n' : ''
  const { text, meaning } = assemble(
    random,
    `${method} ${target} HTTP/1.${isOld ? 0 : 1}`,
    `${method} ${target}`,
    fields,
    framing,
  )
  return { text: emptyLine + text, meaning }
}

function generateConnect(random: Random): GeneratedMessage {
  const target = random.pick(['a:443', 'a.b:1', '[::1]:65535', '127.0.0.1:80'])
  const fields: Field[] = [['Host', target], ...generateFields(random)]
  return assemble(random, `CONNECT ${target} HTTP/1.1`, `CONNECT ${target}`, fields, 'none')
}

/**
 * Makes an answer.
 * @param isLast whether nothing follows, so that it may last until the connection ends
 */
export function generateAnswer(random: Random, requestMethod: string, isLast: boolean): GeneratedMessage {
  const status = random.chance(0.1) ? random.pick([100, 102, 103]) : random.pick(STATUSES)
  const isOld = random.chance(0.1)
  const isBodiless = status < 200 || status === 204 || status === 304 || requestMethod === 'HEAD'
  const framings = isLast ? ['length', 'chunked', 'none'] : ['length', 'chunked']
  const framing = random.pick(isOld ? framings.filter((name) => name !== 'chunked') : framings)
  const reason = random.pick([' OK', ' ', '', ' Not  Found', ' caf\xe9', ` ${random.text(VALUE, 0, 8)}`])
  const line = `HTTP/1.${isOld ? 0 : 1} ${status}${reason}`
  return assemble(
    random,
    line,
    String(status),
    generateFields(random),
    isBodiless ? `${framing} without body` : framing,
  )
}

function generateFields(random: Random): Field[] {
  return Array.from({ length: random.below(5) }, () => {
    if (random.chance(0.4)) {
      const [name = '', value = ''] = random.pick(KNOWN_FIELDS).split(': ')
      return [name, value] as const
    }
    return [`x-${random.text(TOKEN, 1, 8)}`, random.text(VALUE, 0, 12).replace(/^[ \t]+|[ \t]+$/g, '')] as const
  })
}

function assemble(
  random: Random,
  line: string,
  start: string,
  given: readonly Field[],
  framing: string,
): GeneratedMessage {
  const fields = [...given]
  const body = framing.startsWith('none') || framing.endsWith('without body') ? '' : random.bytes(30)
  const until = framing === 'none' && line.startsWith('HTTP/') ? random.bytes(30) : ''
  let bodyText = body
  if (framing.startsWith('length')) {
    const length = framing === 'length' ? body.length : random.below(10)
    fields.splice(random.below(fields.length + 1), 0, [
      'Content-Length',
      `${random.pick(['', '', '', '0', '00'])}${length}`,
    ])
  }
  if (framing.startsWith('chunked')) {
    fields.splice(random.below(fields.length + 1), 0, [
      'Transfer-Encoding',
      random.pick(['chunked', 'chunked', 'Chunked']),
    ])
    bodyText = framing === 'chunked' ? chunks(random, body) : ''
  }
  const head = fields
    .map(([name, value]) => `${inAnyCase(random, name)}:${blanks(random)}${value}${blanks(random)}\r\n`)
    .join('')
  return {
    text: `${line}\r\n${head}\r\n${bodyText}${until}`,
    meaning: { start, fields: fields.map(([name, value]) => [name.toLowerCase(), value]), body: body + until },
  }
}

function chunks(random: Random, body: string): string {
  let text = ''
  for (let position = 0; position < body.length; ) {
    const size = random.between(1, body.length - position)
    const digits = `${random.pick(['', '', '0'])}${size.toString(16)}`
    text += `${random.chance(0.5) ? digits : digits.toUpperCase()}${extension(random)}\r\n${body.slice(position, position + size)}\r\n`
    position += size
  }
  const trailers = random.chance(0.2) ? `x-${random.text(TOKEN, 1, 5)}: y\r\n` : ''
  return `${text}0${extension(random)}\r\n${trailers}\r\n`
}

function extension(random: Random): string {
  if (random.chance(0.85)) return ''
  return random.pick([';a', ';a=b', ';a="b"', ';a="\\""', ' ; a', ';a = b', ';a;b=c'])
}

function blanks(random: Random): string {
  return random.chance(0.9) ? ' ' : random.text(' \t', 0, 3)
}

function inAnyCase(random: Random, name: string): string {
  return random.pick([name, name, name.toLowerCase(), name.toUpperCase()])
}
