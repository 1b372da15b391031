/**
 * Why Sluice refuses what another parser reads: for each of its refusals the reason, and where it is from. A refusal that
 * fits none of these is a test that fails.
 */
export interface StricterRule {
  /** What is refused. */
  readonly what: string
  /** The refusal's code and text. */
  readonly refusal: RegExp
  readonly reason: string
  readonly section: string
}

export const STRICTER_RULES: readonly StricterRule[] = [
  {
    what: 'a request line without a method',
    refusal: /^MALFORMED_START_LINE: .*expected a method and a space/,
    reason: 'A method is a token, and one space follows it.',
    section: 'RFC 9112 3.1',
  },
  {
    what: 'a request line without a target between two single spaces',
    refusal: /^MALFORMED_START_LINE: .*expected a target and one space/,
    reason:
      'A target has neither white space, control characters, bytes beyond ASCII nor a fragment. Readers that forgive them cut the line at different places.',
    section: 'RFC 9112 3, 3.2',
  },
  {
    what: 'a target that is neither a path, `*` for OPTIONS, nor an http URL',
    refusal: /^MALFORMED_START_LINE: .*is neither a path nor an http URL/,
    reason:
      'User information, other schemes and hosts that are none are where routers disagree about the server that is meant.',
    section: 'RFC 9112 3.2, RFC 9110 4.2.4',
  },
  {
    what: 'a version that is no HTTP/1.0 or HTTP/1.1',
    refusal: /^MALFORMED_START_LINE: .*expected HTTP\/1\.1 or HTTP\/1\.0/,
    reason: 'The version has one form, of eight characters.',
    section: 'RFC 9112 2.3',
  },
  {
    what: 'another version of HTTP',
    refusal: /^UNSUPPORTED_HTTP_VERSION/,
    reason: 'Sluice does not know what a message of another version means, and says so: 505.',
    section: 'RFC 9110 2.5, 15.6.6',
  },
  {
    what: 'a start line that does not end in CR LF',
    refusal: /^MALFORMED_START_LINE: .*expected CR LF at its end/,
    reason: 'A bare CR or LF, or white space before the line break, is a line break to some and a character to others.',
    section: 'RFC 9112 2.2',
  },
  {
    what: 'a status line without a status of three digits',
    refusal: /^MALFORMED_START_LINE: .*expected a (?:space and a status|status of three digits)/,
    reason: 'The status has three digits, the first of them not 0.',
    section: 'RFC 9112 4, RFC 9110 15',
  },
  {
    what: 'line breaks before a request line',
    refusal: /^MALFORMED_START_LINE: .*preceded by stray line breaks/,
    reason:
      'One empty line is forgiven, as the RFC asks. More of them, or half of one, are left over from a body that was framed otherwise.',
    section: 'RFC 9112 2.2',
  },
  {
    what: 'a target that is too long',
    refusal: /^TARGET_TOO_LONG/,
    reason: 'Nothing is unbounded: 414.',
    section: 'RFC 9110 15.5.15',
  },
  {
    what: 'a head that is too large',
    refusal: /^HEAD_TOO_LARGE/,
    reason: 'Nothing is unbounded: 431. The other parsers have larger limits, or leave it to their caller.',
    section: 'RFC 6585 5',
  },
  {
    what: 'a target of CONNECT that is no host and port',
    refusal: /^MALFORMED_START_LINE: .*as CONNECT takes it/,
    reason: 'CONNECT takes a host and a port and nothing else; a port that cannot be one must be refused.',
    section: 'RFC 9110 9.3.6, RFC 9112 3.2.3',
  },
  {
    what: 'CONNECT with a body',
    refusal: /Cannot take CONNECT with a body/,
    reason:
      'It has none. What some readers take for one are the first bytes of the tunnel to others, where a request may hide.',
    section: 'RFC 9110 9.3.6',
  },
  {
    what: 'a control character in a field value',
    refusal: /^MALFORMED_HEADER: .*is not allowed in a value/,
    reason:
      'NUL, CR and LF are dangerous in a value, and other control characters invalid. A bare LF ends the line for some readers.',
    section: 'RFC 9110 5.5',
  },
  {
    what: 'CR without LF in a header line',
    refusal: /^MALFORMED_HEADER: .*CR is not followed by LF/,
    reason: 'A bare CR is a line break to some readers.',
    section: 'RFC 9112 2.2',
  },
  {
    what: 'a folded field, or a first field that begins with white space',
    refusal: /^MALFORMED_HEADER: .*it begins with white space/,
    reason: 'Obsolete line folding hides fields: a server must refuse it or unfold it, and Sluice refuses.',
    section: 'RFC 9112 5.2, 2.2',
  },
  {
    what: 'white space between a field name and its colon',
    refusal: /^MALFORMED_HEADER: .*white space before the colon/,
    reason: 'A server must refuse it: readers disagree about whether it is that field.',
    section: 'RFC 9112 5.1',
  },
  {
    what: 'a field name that is no token',
    refusal: /^MALFORMED_HEADER: .*is not allowed in a name/,
    reason: 'Readers that skip or cut such a name see another field, or none.',
    section: 'RFC 9110 5.1',
  },
  {
    what: 'several Host fields',
    refusal: /^INVALID_HOST: .*several Host fields/,
    reason: 'A server must answer 400: who takes the first and who takes the last are routed to different places.',
    section: 'RFC 9112 3.2',
  },
  {
    what: 'HTTP/1.1 without Host',
    refusal: /^INVALID_HOST: .*requires a Host field/,
    reason: 'A server must answer 400.',
    section: 'RFC 9112 3.2',
  },
  {
    what: 'Host that is no host with an optional port',
    refusal: /^INVALID_HOST: Cannot read Host /,
    reason:
      'A server must answer 400 to an invalid value; paths, lists and user information in it have led to the wrong server.',
    section: 'RFC 9112 3.2, RFC 9110 7.2',
  },
  {
    what: 'a target in absolute form that names another host than Host',
    refusal: /^INVALID_HOST: Cannot route request/,
    reason:
      'A proxy must take the one of the target. What comes with two is meant to be routed twice, so that Sluice takes neither.',
    section: 'RFC 9112 3.2.2',
  },
  {
    what: 'several Content-Length fields',
    refusal: /^INVALID_CONTENT_LENGTH: .*several Content-Length fields/,
    reason: 'Also when they agree: a recipient may refuse that, and the next one may count otherwise.',
    section: 'RFC 9110 8.6, RFC 9112 6.3',
  },
  {
    what: 'Content-Length that is no number up to 2^53-1',
    refusal: /^INVALID_CONTENT_LENGTH: Cannot read Content-Length/,
    reason: 'Digits only. Signs, lists, other bases and numbers that overflow are counted differently by everybody.',
    section: 'RFC 9110 8.6, RFC 9112 6.3',
  },
  {
    what: 'several Transfer-Encoding fields',
    refusal: /^INVALID_TRANSFER_ENCODING: .*several Transfer-Encoding fields/,
    reason: 'One says chunked already; a second is there for somebody who reads the first or the last only.',
    section: 'RFC 9112 6.1',
  },
  {
    what: 'Transfer-Encoding and Content-Length together',
    refusal: /^INVALID_TRANSFER_ENCODING: .*both Transfer-Encoding and Content-Length/,
    reason:
      'It ought to be handled as an error: it is an attempt at smuggling, or a sender that does not know its own framing.',
    section: 'RFC 9112 6.1, 6.3',
  },
  {
    what: 'Transfer-Encoding in HTTP/1.0',
    refusal: /^INVALID_TRANSFER_ENCODING: .*HTTP\/1\.0 has no Transfer-Encoding/,
    reason: 'The framing must be treated as faulty.',
    section: 'RFC 9112 6.1',
  },
  {
    what: 'Transfer-Encoding that is not `chunked`',
    refusal: /^INVALID_TRANSFER_ENCODING: Cannot read Transfer-Encoding/,
    reason:
      'Chunked must be the last coding and stand there once. Anything that only looks like it is chunked to one reader and unknown to the next.',
    section: 'RFC 9112 6.1, 6.3',
  },
  {
    what: 'a transfer coding besides chunked',
    refusal: /^UNSUPPORTED_TRANSFER_CODING/,
    reason:
      'A server that does not understand a coding should answer 501: it cannot pass on what it does not understand.',
    section: 'RFC 9112 6.1',
  },
  {
    what: 'a chunk size that is too large',
    refusal: /^MALFORMED_CHUNK: .*it is too large/,
    reason:
      'Sizes that overflow must be prevented from being read as small ones; more than 13 digits are none that anybody needs.',
    section: 'RFC 9112 7.1',
  },
  {
    what: 'a chunk size line that is too long',
    refusal: /^MALFORMED_CHUNK: Cannot read chunk size line: it is longer/,
    reason: 'Nothing is unbounded: extensions ought to be limited.',
    section: 'RFC 9112 7.1.1',
  },
  {
    what: 'a chunk size line that ends in LF',
    refusal: /^MALFORMED_CHUNK: Cannot read chunk size line: LF without CR/,
    reason: 'Inside an extension a bare LF ends the line for some readers and not for others: TERM.EXT and EXT.TERM.',
    section: 'RFC 9112 7.1, 2.2',
  },
  {
    what: 'a chunk size that is no hexadecimal number, or an extension that is none',
    refusal: /^MALFORMED_CHUNK: Cannot read chunk size "/,
    reason:
      'Signs, prefixes, white space and half extensions give other sizes, or none, to readers that go by what a number may look like elsewhere.',
    section: 'RFC 9112 7.1, 7.1.1',
  },
  {
    what: 'a chunk that does not end in CR LF where its size says',
    refusal: /^MALFORMED_CHUNK: Cannot read end of chunk/,
    reason:
      'Readers that skip two bytes whatever they are, or search for a line break, find the next chunk elsewhere: SPILL.TERM and TERM.SPILL.',
    section: 'RFC 9112 7.1',
  },
  {
    what: 'a trailer that frames, routes, authenticates or describes',
    refusal: /^MALFORMED_TRAILER: Cannot take "/,
    reason:
      'Trailers must not have fields that are needed before the body; a reader that merges them into the head would act on them.',
    section: 'RFC 9110 6.5.1',
  },
  {
    what: 'a trailer that is no field, or too long',
    refusal: /^MALFORMED_TRAILER: Cannot read trailer/,
    reason: 'The rules of header lines hold for trailers.',
    section: 'RFC 9112 7.1.2',
  },
  {
    what: 'a message that is cut off',
    refusal: /^TRUNCATED_MESSAGE/,
    reason: 'A message that has not come whole is incomplete, in whatever part of it.',
    section: 'RFC 9112 8',
  },
]
