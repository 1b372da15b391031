/** An answer as it came. */
export interface ReceivedAnswer {
  readonly status: number
  /** The lines of the head, as they came. */
  readonly head: string
  /** Without its framing. */
  readonly body: string
  /** Whether the connection takes another request. */
  readonly isPersistent: boolean
}

/** Reads one answer at a time out of a connection's bytes; strict about framing, since it is the test. */
export class AnswerReader {
  #text = ''

  /**
   * Takes bytes, as Latin-1.
   * @param isHead whether the answer is one to HEAD
   * @returns the answer once it has come whole
   * @throws Error when it is none, or has bytes behind its end
   */
  read(chunk: string, isHead: boolean): ReceivedAnswer | undefined {
    this.#text += chunk
    const text = this.#text
    const headEnd = text.indexOf('\r\n\r\n')
    if (headEnd < 0) return undefined
    const head = text.slice(0, headEnd + 2)
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1])
    if (Number.isNaN(status)) throw new Error(`Cannot read start line of "${head}"`)
    const whole = isHead ? { body: '', end: headEnd + 4 } : readBody(text, head, headEnd + 4)
    if (whole === undefined) return undefined
    if (whole.end < text.length) throw new Error(`Cannot place "${text.slice(whole.end)}": it is behind the answer`)
    this.#text = ''
    return { status, head, body: whole.body, isPersistent: !/\r\nconnection: close\r\n/i.test(head) }
  }
}

interface WholeBody {
  readonly body: string
  readonly end: number
}

function readBody(text: string, head: string, start: number): WholeBody | undefined {
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1]
  const isChunked = /\r\ntransfer-encoding: chunked\r\n/i.test(head)
  if ((length === undefined) !== isChunked) throw new Error(`Cannot tell the length of an answer by its head "${head}"`)
  if (isChunked) return readChunks(text, start)
  const end = start + Number(length)
  return text.length < end ? undefined : { body: text.slice(start, end), end }
}

function readChunks(text: string, start: number): WholeBody | undefined {
  let body = ''
  for (let at = start; ; ) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    if (Number.isNaN(size)) throw new Error(`Cannot read chunk size "${text.slice(at, lineEnd)}"`)
    const end = lineEnd + 2 + size
    if (text.length < end + 2) return undefined
    if (text.slice(end, end + 2) !== '\r\n') throw new Error(`Cannot find the end of a chunk at "${text.slice(end)}"`)
    if (size === 0) return { body, end: end + 2 }
    body += text.slice(lineEnd + 2, end)
    at = end + 2
  }
}
