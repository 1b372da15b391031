import type { Random } from './random.ts'

/** What means something to parsers of HTTP, or trips them. */
const NASTY = [
  '\r',
  '\n',
  '\r\n',
  '\n\r',
  '\r\n\r\n',
  '\r\n ',
  ' ',
  '\t',
  '\0',
  '\x0b',
  '\x7f',
  '\x85',
  '\xa0',
  '\xff',
  ':',
  ' :',
  ';',
  ',',
  '=',
  '"',
  '\\',
  '/',
  '#',
  '@',
  '-',
  '+',
  '0',
  '00',
  '5',
  'f',
  'x',
  '0x',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2.0',
  'http://a/',
  'chunked',
  'identity',
  'gzip, ',
  '9007199254740993',
  '18446744073709551621',
  'Content-Length: 5\r\n',
  'Content-Length: 0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Host: b\r\n',
  'Connection: close\r\n',
  'Connection: content-length\r\n',
  'Connection: upgrade\r\nUpgrade: websocket\r\n',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
]

/** Changes text in one place: inserts, deletes, replaces, repeats, moves, or turns the case of letters round. */
export function mutateText(random: Random, text: string): string {
  const i = random.below(text.length + 1)
  const length = random.chance(0.8) ? random.between(1, 3) : random.between(1, 30)
  const [before, part, after] = [text.slice(0, i), text.slice(i, i + length), text.slice(i + length)]
  const added = random.chance(0.8) ? random.pick(NASTY) : random.bytes(4)
  switch (random.below(7)) {
    case 0:
      return before + after
    case 1:
      return before + part + part + after
    case 2:
      return before + after.slice(0, length) + part + after.slice(length)
    case 3:
      return before + part.replace(/[a-z]/gi, turnCase) + after
    case 4:
      return before + added + after
    default:
      return before + added + part + after
  }
}

function turnCase(letter: string): string {
  return letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()
}
