/**
 * Lines that do not go on as they came: of each its kind, then from where to where it lies in the head, its line break
 * included.
 */
export type KnownLines = readonly number[]

const NO_LINES: KnownLines = []
const NO_TOKENS: readonly string[] = []

/** What the parser finds out about a head as it reads it. Places count from the beginning of the head. */
export class HeadFacts {
  readonly isRequest: boolean
  /** Of a request: where its parts lie. */
  methodEnd = 0
  targetStart = 0
  targetEnd = 0
  /** Of a request whose target names a host: as a URL, or for CONNECT. */
  hasAuthority = false
  /** Of an answer. */
  status = 0
  /** Where the first header line begins. */
  startLineEnd = 0
  /** 0 or 1. */
  minorVersion = 1
  /** Whether the start line can go on as it came: in HTTP/1.1, with a path, with a space behind the status. */
  isStartPlain = true
  /** -1 when the head names none. */
  contentLength = -1
  isChunked = false
  /**
   * Whether the line that frames the body, if there is one, has the one form that no reader misses: with one space, without
   * zeros in front, in lower case. Others are valid as well, and each has been overlooked by some server.
   */
  isFramingPlain = true
  /** Where the line that frames the body lies, its line break included; nowhere without one. */
  framingStart = 0
  framingEnd = 0
  /** `Connection: close` was there. */
  isClose = false
  /** `Connection: keep-alive` was there. */
  isKeepAlive = false
  expectsContinue = false
  /** `TE: trailers` was there. */
  acceptsTrailers = false
  /** What Keep-Alive says; empty without one. */
  keepAlive = ''
  /** What the Upgrade fields name, joined; empty without one. */
  upgrade = ''
  hasHost = false
  /** How many header lines there are. */
  headerCount = 0
  /** Those that belong to the connection that the head came on, or say for whom it is forwarded. */
  knownLines = NO_LINES
  /** What Connection names besides close and keep-alive, in lower case: fields that belong to this connection only. */
  connectionTokens = NO_TOKENS

  constructor(isRequest: boolean) {
    this.isRequest = isRequest
  }
}
