import { HTTPParser } from 'http-parser-js'
import { decodeLatin1 } from '../../../adapters/node/latin1.ts'
import { HeadParser } from '../../../src/http/head-parser.ts'
import { ParsedHead } from '../../../src/http/parsed-head.ts'
import { LIMITS } from '../../../src/limits.ts'
import { type DecodedHead, toDecodedHead } from './codec/decoded-message.ts'
import type { Contest } from './contest.ts'
import { BROWSER_REQUEST, toWire } from './sample-messages.ts'

const HEAD = toWire(BROWSER_REQUEST)

/** Reading the head of a browser's request. */
export function headContest(): Contest {
  return {
    title: `Request head, ${HEAD.length} bytes, 7 fields`,
    contestants: [
      { title: 'HeadParser', check: read, run: parse },
      { title: 'HeadParser, ParsedHead', check: read, run: parseToText },
      { title: 'HeadParser, ParsedHead, headers object', check: read, run: parseToHeaders },
      { title: 'http-parser-js', check: readWithLibrary, run: parseWithLibrary },
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
    sum += new ParsedHead(parser.facts, decodeLatin1(HEAD, 0, end)).path.length
  }
  return sum
}

function parseToHeaders(count: number): number {
  const parser = new HeadParser(true, LIMITS)
  let sum = 0
  for (let i = 0; i < count; i++) {
    const end = parser.parse(HEAD, 0, HEAD.length)
    const { headers } = new ParsedHead(parser.facts, decodeLatin1(HEAD, 0, end)).toHead()
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

/** What the parser's offsets amount to. */
function read(): DecodedHead {
  const parser = new HeadParser(true, LIMITS)
  const end = parser.parse(HEAD, 0, HEAD.length)
  const head = new ParsedHead(parser.facts, decodeLatin1(HEAD, 0, end))
  return toDecodedHead([head.method, head.path], Object.entries(head.toHead().headers).flat().map(String))
}

function readWithLibrary(): DecodedHead | undefined {
  const parser = new HTTPParser(HTTPParser.REQUEST)
  let head: DecodedHead | undefined
  parser[HTTPParser.kOnHeadersComplete] = ({ method, url, headers }) => {
    head = toDecodedHead([HTTPParser.methods[method] ?? '', url], headers)
  }
  parser.execute(HEAD, 0, HEAD.length)
  return head
}
