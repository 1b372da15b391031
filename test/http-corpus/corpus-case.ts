/** A message as it must be seen behind the proxy. */
export interface SeenMessage {
  /** Request line or status line. */
  readonly line: string
  /** All field lines but those that frame the body, in order. */
  readonly fields: readonly string[]
  /** How the body is framed; `none` says that no field tells. */
  readonly framing: 'none' | 'length' | 'chunked' | 'close'
  readonly body: string
  readonly trailers: readonly string[]
}

/**
 * Where a chunked message whose head is right goes wrong. If a segment ends behind the head and before the fault, the head
 * goes on before anybody can know: then the message must not come to its end on the other side.
 */
export interface LateFault {
  readonly headEnd: number
  /** Behind the bytes that cannot be right; one more than there are when it is the end that is wrong. */
  readonly faultEnd: number
}

interface Case {
  /** Says what is special about it; one of a kind. */
  readonly name: string
  /** What is sent, as ISO 8859-1 text. */
  readonly bytes: string
  /** The section of the RFC that it follows or breaks, or the class of attack. */
  readonly source: string
  /** Whether whoever sends the bytes ends its side behind them. */
  readonly ends: boolean
}

/** What a client sends, and what must become of it. */
export interface RequestCase extends Case {
  readonly expect: {
    /** What the upstream must get, whole, in order, and nothing else. */
    readonly forward: readonly SeenMessage[]
    /** The status that the client gets at last, if something is refused. Its connection is closed then. */
    readonly refuse: number | undefined
    readonly fault: LateFault | undefined
    /** Whether the client's connection is closed although nothing is refused. */
    readonly closes: boolean
  }
}

/** What an upstream answers, and what must become of it. */
export interface ResponseCase extends Case {
  /** What the client asks: the request line. */
  readonly request: string
  readonly expect: {
    /** What the client must get, interim answers included; undefined for 502, or a cut after a late fault. */
    readonly answer: readonly SeenMessage[] | undefined
    readonly fault: LateFault | undefined
    /** Whether the upstream connection may serve the next request. */
    readonly isReused: boolean
    /** Whether the client's connection is closed, though in good order. */
    readonly closes: boolean
  }
}
