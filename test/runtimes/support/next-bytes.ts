import type { Readable } from 'node:stream'

/** The next piece that comes, as text. @throws Error when there is none */
export async function nextBytes(stream: Readable): Promise<string> {
  for (;;) {
    const piece = stream.read() as Buffer | null
    if (piece !== null) return piece.toString('utf8')
    await new Promise<void>((resolve, reject) => {
      stream.once('readable', resolve)
      stream.once('end', () => reject(new Error('Cannot read on: the stream has ended')))
      stream.once('error', reject)
    })
  }
}
