/** Whether an answer has no body, whatever its fields say (RFC 9112 6.3). */
export function isBodiless(status: number, requestMethod: string): boolean {
  if (status < 200 || status === 204 || status === 205 || status === 304) return true
  return requestMethod === 'HEAD' || (requestMethod === 'CONNECT' && status < 300)
}
