/**
 * Errors say whose fault it was, whether the work may be tried again, and what an HTTP client is told.
 * Every code stands once, in the table below; nothing else in Sluice invents one.
 */

/** Whose side failed: the client's, the upstream's, or Sluice and its scripts. */
export type ErrorSource = 'downstream' | 'upstream' | 'internal'

/** May the request be sent again? `reused`: only when it failed on a connection that had served another before. */
export type ErrorRetry = 'no' | 'yes' | 'reused'

interface ErrorKind {
  readonly source: ErrorSource
  readonly retry: ErrorRetry
  /** The status that the error becomes when a request has to be answered with it. */
  readonly status: number
  /** The short text that goes with the status on the wire. */
  readonly reason: string
}

function kind(source: ErrorSource, retry: ErrorRetry, status: number, reason: string): ErrorKind {
  return { source, retry, status, reason }
}

/** All codes, by condition. Status texts of upstream failures are those Pipy answers with. */
export const ERROR_KINDS = {
  // A message that breaks RFC 9112. Read from an upstream, the same conditions become 502.
  MALFORMED_START_LINE: kind('downstream', 'no', 400, 'Bad Request'),
  UNSUPPORTED_HTTP_VERSION: kind('downstream', 'no', 505, 'HTTP Version Not Supported'),
  TARGET_TOO_LONG: kind('downstream', 'no', 414, 'URI Too Long'),
  HEAD_TOO_LARGE: kind('downstream', 'no', 431, 'Request Header Fields Too Large'),
  MALFORMED_HEADER: kind('downstream', 'no', 400, 'Bad Request'),
  INVALID_HOST: kind('downstream', 'no', 400, 'Bad Request'),
  INVALID_CONTENT_LENGTH: kind('downstream', 'no', 400, 'Bad Request'),
  INVALID_TRANSFER_ENCODING: kind('downstream', 'no', 400, 'Bad Request'),
  UNSUPPORTED_TRANSFER_CODING: kind('downstream', 'no', 501, 'Not Implemented'),
  METHOD_NOT_SUPPORTED: kind('downstream', 'no', 501, 'Not Implemented'),
  MALFORMED_CHUNK: kind('downstream', 'no', 400, 'Bad Request'),
  MALFORMED_TRAILER: kind('downstream', 'no', 400, 'Bad Request'),
  BODY_TOO_LARGE: kind('downstream', 'no', 413, 'Content Too Large'),
  TRUNCATED_MESSAGE: kind('downstream', 'no', 400, 'Bad Request'),
  REQUEST_TIMEOUT: kind('downstream', 'no', 408, 'Request Timeout'),
  CLIENT_ABORTED: kind('downstream', 'no', 499, 'Client Closed Request'),

  // The way to the upstream. "retry: reused" is the keep-alive race: it closed an idle connection as we wrote.
  CANNOT_RESOLVE: kind('upstream', 'yes', 502, 'Cannot Resolve'),
  CONNECTION_REFUSED: kind('upstream', 'yes', 502, 'Connection Refused'),
  CONNECT_TIMEOUT: kind('upstream', 'yes', 504, 'Connection Timeout'),
  CONNECT_FAILED: kind('upstream', 'yes', 502, 'Bad Gateway'),
  CONNECTION_RESET: kind('upstream', 'reused', 502, 'Read Error'),
  CONNECTION_CLOSED: kind('upstream', 'reused', 502, 'Bad Gateway'),
  RESPONSE_TIMEOUT: kind('upstream', 'no', 504, 'Gateway Timeout'),
  BODY_TIMEOUT: kind('upstream', 'no', 504, 'Gateway Timeout'),
  EXCHANGE_TIMEOUT: kind('upstream', 'no', 504, 'Gateway Timeout'),
  IDLE_TIMEOUT: kind('upstream', 'no', 504, 'Gateway Timeout'),
  DISCOVERY_FAILED: kind('upstream', 'yes', 503, 'Service Unavailable'),
  NO_TARGET: kind('upstream', 'yes', 503, 'Service Unavailable'),
  INVALID_TARGET: kind('internal', 'no', 502, 'Bad Gateway'),

  // Our own limits and the user's own code.
  QUEUE_FULL: kind('internal', 'yes', 503, 'Service Unavailable'),
  QUEUE_TIMEOUT: kind('internal', 'yes', 503, 'Service Unavailable'),
  QUOTA_EXCEEDED: kind('downstream', 'yes', 429, 'Too Many Requests'),
  BUFFER_OVERFLOW: kind('internal', 'no', 500, 'Internal Server Error'),
  SHUTTING_DOWN: kind('internal', 'no', 503, 'Service Unavailable'),
  CALLBACK_FAILED: kind('internal', 'no', 500, 'Internal Server Error'),
  INVALID_OUTPUT: kind('internal', 'no', 500, 'Internal Server Error'),
  NO_RESPONSE: kind('internal', 'no', 500, 'Internal Server Error'),
  LENGTH_MISMATCH: kind('internal', 'no', 502, 'Bad Gateway'),
  CLOSED: kind('internal', 'no', 503, 'Service Unavailable'),

  // Found while a proxy is built or started.
  INVALID_ARGUMENT: kind('internal', 'no', 500, 'Internal Server Error'),
  UNKNOWN_PIPELINE: kind('internal', 'no', 500, 'Internal Server Error'),
  DUPLICATE_PIPELINE: kind('internal', 'no', 500, 'Internal Server Error'),
  NO_PIPELINE: kind('internal', 'no', 500, 'Internal Server Error'),
  UNSUPPORTED: kind('internal', 'no', 500, 'Internal Server Error'),
  ADDRESS_IN_USE: kind('internal', 'no', 500, 'Internal Server Error'),
  ADDRESS_FORBIDDEN: kind('internal', 'no', 500, 'Internal Server Error'),
  ADDRESS_UNAVAILABLE: kind('internal', 'no', 500, 'Internal Server Error'),
  FILE_NOT_FOUND: kind('internal', 'no', 500, 'Internal Server Error'),
  NOT_A_PROXY: kind('internal', 'no', 500, 'Internal Server Error'),
  SCRIPT_SYNTAX: kind('internal', 'no', 500, 'Internal Server Error'),
  SCRIPT_FAILED: kind('internal', 'no', 500, 'Internal Server Error'),
} as const satisfies Record<string, ErrorKind>

/** One of the codes in {@link ERROR_KINDS}. */
export type ErrorCode = keyof typeof ERROR_KINDS

/** Where in a user's file something went wrong; lines and columns count from 1. */
export interface SourceLocation {
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface ProxyErrorOptions {
  /** What was caught, when this error stands for another one. */
  readonly cause?: unknown
  /** Whose fault it was, when it is not the code's usual source: a malformed answer is the upstream's. */
  readonly source?: ErrorSource
  /** The place in a user's file that it is about. */
  readonly location?: SourceLocation | undefined
  /** When it may be worth another try, for Retry-After. @default nobody knows */
  readonly retryAfterMs?: number | undefined
}

/**
 * The one error class of Sluice.
 *
 * `message` says what to do or what was being done, then the state, with the value quoted. `source`, `retry`, `status`
 * and `reason` follow from `code`; a downstream code with `source: 'upstream'` has status 502.
 */
export class ProxyError extends Error {
  override readonly name: string = 'ProxyError'
  readonly code: ErrorCode
  readonly source: ErrorSource
  readonly retry: ErrorRetry
  readonly status: number
  readonly reason: string
  readonly location: SourceLocation | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, options: ProxyErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    const { source, retry, status, reason }: ErrorKind = ERROR_KINDS[code]
    const isUpstreamFault = options.source === 'upstream' && source === 'downstream'
    this.code = code
    this.source = options.source ?? source
    this.retry = retry
    this.status = isUpstreamFault ? 502 : status
    this.reason = isUpstreamFault ? 'Bad Gateway' : reason
    this.location = options.location
    this.retryAfterMs = options.retryAfterMs
  }

  /** The given error if it is a ProxyError already, otherwise one of the given code with it as the cause. */
  static from(error: unknown, code: ErrorCode, action: string): ProxyError {
    if (error instanceof ProxyError) return error
    return new ProxyError(code, `${action}: ${describe(error)}`, { cause: error })
  }
}

/** Anything can be thrown, also what has no text. */
function describe(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error)
  } catch {
    return `a thrown value of type ${typeof error}`
  }
}
