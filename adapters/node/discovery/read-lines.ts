import { ProxyError } from '../../../src/errors.ts'

/** One object of the API: a slice of a thousand endpoints has half a megabyte. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024

/**
 * Splits text that comes in pieces into its lines, all that are complete at once.
 * @throws DISCOVERY_FAILED for a line that never ends
 */
export async function* readLines(body: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_LINE_LENGTH) {
      const text = `Cannot read what Kubernetes sends: a line has more than ${MAX_LINE_LENGTH} characters`
      throw new ProxyError('DISCOVERY_FAILED', text)
    }
    if (lines.length > 0) yield lines
  }
}
