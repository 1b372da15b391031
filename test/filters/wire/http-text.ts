/** A request as text: with a Host, and a length if it has a body. */
export function requestText(line: string, { headers = '', body }: { headers?: string; body?: string } = {}): string {
  const length = body === undefined ? '' : `Content-Length: ${body.length}\r\n`
  return `${line} HTTP/1.1\r\nHost: a\r\n${headers}${length}\r\n${body ?? ''}`
}

/** An answer as text, with its length. */
export function answerText(
  body = '',
  { status = '200 OK', headers = '' }: { status?: string; headers?: string } = {},
): string {
  return `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`
}

/** Text of lines: what is between a template's margins, with CR LF. */
export function wire(...lines: string[]): string {
  return lines.map((line) => `${line}\r\n`).join('')
}

/** What demuxHTTP answers to what it refuses. */
export function refusalText(status: string): string {
  const text = `${status.slice(4)}\n`
  return `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`
}
