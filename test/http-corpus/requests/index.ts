/** All cases of requests, by subject. */
import type { RequestCase } from '../corpus-case.ts'
import { CHUNK_CASES } from './chunks.ts'
import { CONNECTION_CASES } from './connection.ts'
import { CONTENT_LENGTH_CASES } from './content-length.ts'
import { EXPECT_CASES } from './expect.ts'
import { FORWARDING_CASES } from './forwarding.ts'
import { HEADER_LINE_CASES } from './header-lines.ts'
import { HOST_CASES } from './host.ts'
import { PIPELINING_CASES } from './pipelining.ts'
import { REQUEST_LINE_CASES } from './request-line.ts'
import { SIZE_CASES } from './sizes.ts'
import { TRAILER_CASES } from './trailers.ts'
import { TRANSFER_ENCODING_CASES } from './transfer-encoding.ts'

export const REQUEST_CASES: Readonly<Record<string, readonly RequestCase[]>> = {
  'request line': REQUEST_LINE_CASES,
  'header lines': HEADER_LINE_CASES,
  host: HOST_CASES,
  'content length': CONTENT_LENGTH_CASES,
  'transfer encoding': TRANSFER_ENCODING_CASES,
  chunks: CHUNK_CASES,
  trailers: TRAILER_CASES,
  expect: EXPECT_CASES,
  sizes: SIZE_CASES,
  connection: CONNECTION_CASES,
  forwarding: FORWARDING_CASES,
  pipelining: PIPELINING_CASES,
}
