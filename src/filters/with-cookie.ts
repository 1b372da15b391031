import { MessageStart } from '../events.ts'

/** The start of an answer with one more Set-Cookie line. @param cookie its value */
export function withCookie(start: MessageStart, cookie: string): MessageStart {
  const { head } = start
  const cookies = head.headers['set-cookie'] ?? []
  return new MessageStart({ ...head, headers: { ...head.headers, 'set-cookie': [...cookies, cookie] } }, start.source)
}
