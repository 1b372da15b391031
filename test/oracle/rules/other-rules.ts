import type { DifferenceKind } from '../compare-readings.ts'
import type { SluiceReading } from '../readers/sluice-reader.ts'
import type { Reading } from '../reading.ts'

/** What both parsers made of the bytes, at the message that they disagree about. */
export interface Disputed {
  readonly reader: string
  readonly isRequest: boolean
  readonly ours: SluiceReading
  readonly theirs: Reading
  /** Which message it is. */
  readonly at: number
  /** Its head as it came; of one that is not complete all that is there. */
  readonly head: string
  /** All bytes, as ISO 8859-1. */
  readonly text: string
}

/** Why Sluice is right to read what another parser refuses, or to read it as it does. */
export interface OtherRule {
  readonly what: string
  readonly kinds: readonly Exclude<DifferenceKind, 'stricter'>[]
  readonly readers: readonly string[]
  readonly fits: (disputed: Disputed) => boolean
  readonly reason: string
  readonly section: string
}

const LLHTTP = ['llhttp', 'Node']

export const OTHER_RULES: readonly OtherRule[] = [
  {
    what: 'a method that the parser has not in its list',
    kinds: ['looser'],
    readers: ['llhttp', 'Node', 'http-parser-js'],
    fits: ({ theirs, head, reader }) =>
      /HPE_INVALID_METHOD|invalid request method/.test(theirs.refusal ?? '') ||
      (reader === 'http-parser-js' && theirs.refusal === 'HPE_INVALID_CONSTANT' && !/^[A-Z-]+ /.test(head)),
    reason: 'Methods are any tokens, and case-sensitive; which ones there are is for the origin server to say.',
    section: 'RFC 9110 9.1, 16.1',
  },
  {
    what: 'a tab around Content-Length',
    kinds: ['looser'],
    readers: LLHTTP,
    fits: ({ theirs, head }) =>
      /^HPE_INVALID_CONTENT_LENGTH/.test(theirs.refusal ?? '') && /^content-length:[ \t]*\d*[ \t]*\t/im.test(head),
    reason: 'White space around a value is spaces and tabs, and no part of it. Sluice sends the plain form on.',
    section: 'RFC 9110 5.5, 5.6.3',
  },
  {
    what: 'a tab around chunked',
    kinds: ['looser', 'different'],
    readers: LLHTTP,
    fits: ({ theirs, head }) =>
      (theirs.refusal === undefined || /^HPE_INVALID_TRANSFER_ENCODING/.test(theirs.refusal)) &&
      /^transfer-encoding:(?:[ \t]*\t[ \t]*chunked|[ \t]*chunked[ \t]*\t)/im.test(head),
    reason:
      'The same. Of an answer llhttp takes everything up to the end of the connection for its body. Sluice sends the plain form on.',
    section: 'RFC 9110 5.5, 5.6.3',
  },
  {
    what: 'white space around the semicolon or the equals sign of a chunk extension',
    kinds: ['looser'],
    readers: LLHTTP,
    fits: ({ theirs, text }) =>
      /^HPE_(?:INVALID_CHUNK_SIZE|STRICT)/.test(theirs.refusal ?? '') &&
      /\r\n[0-9a-f]+(?:[ \t]+;|;[^\r\n]*[ \t])/i.test(text),
    reason: 'The grammar has bad white space there, which recipients must take. Sluice does not send extensions on.',
    section: 'RFC 9112 7.1.1',
  },
  {
    what: 'bytes behind a request that closes',
    kinds: ['looser'],
    readers: LLHTTP,
    fits: ({ theirs }) => /^HPE_CLOSED_CONNECTION/.test(theirs.refusal ?? ''),
    reason:
      'The server must not process what comes behind; it need not refuse it. demuxHTTP answers, and reads nothing more.',
    section: 'RFC 9112 9.6',
  },
  {
    what: 'a request behind one that asks for an upgrade, which is not taken',
    kinds: ['different'],
    readers: ['Node'],
    fits: ({ isRequest, ours, at }) =>
      isRequest && ours.heads.slice(0, at).some(({ text }) => /^connection:.*upgrade/im.test(text)),
    reason:
      'Where a server ignores Upgrade the connection goes on with HTTP. Node drops what came together with such a request.',
    section: 'RFC 9110 7.8',
  },
  {
    what: 'CONNECT',
    kinds: ['different'],
    readers: ['Node'],
    fits: ({ isRequest, ours, at }) => isRequest && ours.heads.slice(0, at + 1).some(({ isConnect }) => isConnect),
    reason:
      'Node hands it out as no request, and what follows as bytes of the tunnel. demuxHTTP decides by the answer: 501 without an acceptHTTPTunnel; and it reads nothing behind.',
    section: 'RFC 9110 9.3.6',
  },
  {
    what: 'the body of an answer that has none',
    kinds: ['different', 'looser'],
    readers: ['http-parser-js', 'llhttp'],
    fits: ({ isRequest, ours, at }) =>
      !isRequest && ours.heads.slice(0, at + 1).some(({ status }) => status < 200 || status === 204 || status === 304),
    reason:
      'Answers of status 1xx, 204 and 304 end with their head, whatever it says. http-parser-js reads on for their length or their chunks, llhttp of some of them.',
    section: 'RFC 9112 6.3',
  },
  {
    what: 'the body of a request that asks for an upgrade',
    kinds: ['different'],
    readers: ['http-parser-js'],
    fits: ({ isRequest, ours, at, head }) =>
      isRequest &&
      [...ours.heads.slice(0, at + 1).map(({ text }) => text), head].some(
        (text) => /^transfer-encoding:/im.test(text) && /^upgrade:/im.test(text),
      ),
    reason:
      'Upgrade changes nothing about where the request ends. http-parser-js takes its chunks for the other protocol.',
    section: 'RFC 9112 6.3, RFC 9110 7.8',
  },
]
