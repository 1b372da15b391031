import { HTTPParser } from 'http-parser-js'
import { decodeLatin1 } from '../../../adapters/node/latin1.ts'
import { HeadParser } from '../../../src/http/head-parser.ts'
import { ParsedHead } from '../../../src/http/parsed-head.ts'
import { LIMITS } from '../../../src/limits.ts'
import type { Contest } from './contest.ts'

const HEAD = Buffer.from(
  [
    'GET /hi/there?name=value HTTP/1.1',
    'Host: www.example.org:8000',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'Accept-Language: en-US,en;q=0.5',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Cookie: session=0123456789abcdef; theme=dark',
    'Connection: keep-alive',
    '',
    '',
  ].join('\r\n'),
  'latin1',
)

/** Reading the head of a browser's request. */
export function headContest(): Contest {
  return {
    title: `Request head, ${HEAD.length} bytes, 7 fields`,
    contestants: [
      { title: 'HeadParser', run: parse },
      { title: 'HeadParser, ParsedHead', run: parseToText },
      { title: 'HeadParser, ParsedHead, headers object', run: parseToHeaders },
      { title: 'http-parser-js', run: parseWithLibrary },
    ],
  }
}

function parse(count: number): number {
  const parser = new HeadParser(true, LIMITS)
  let sum = 0
  for (let i = 0; i < count; i++) sum += parser.parse(HEAD, 0, HEAD.length)
  return sum
}

function parseToText(count: number): number {
  const parser = new HeadParser(true, LIMITS)
  let sum = 0
  for (let i = 0; i < count; i++) {
    const end = parser.parse(HEAD, 0, HEAD.length)
    sum += new ParsedHead(parser, decodeLatin1(HEAD, 0, end)).path.length
  }
  return sum
}

function parseToHeaders(count: number): number {
  const parser = new HeadParser(true, LIMITS)
  let sum = 0
  for (let i = 0; i < count; i++) {
    const end = parser.parse(HEAD, 0, HEAD.length)
    const { headers } = new ParsedHead(parser, decodeLatin1(HEAD, 0, end)).toHead()
    sum += (headers.host as string).length
  }
  return sum
}

function parseWithLibrary(count: number): number {
  const parser = new HTTPParser(HTTPParser.REQUEST)
  let sum = 0
  parser[HTTPParser.kOnHeadersComplete] = (info: { headers: string[] }) => {
    sum += info.headers.length
  }
  for (let i = 0; i < count; i++) parser.execute(HEAD, 0, HEAD.length)
  return sum
}
