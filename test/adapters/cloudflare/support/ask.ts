import { type IncomingHttpHeaders, request } from 'node:http'

/** What to ask of a Worker. */
export interface Question {
  readonly path: string
  /** @default 'GET' */
  readonly method?: string
  /** @default none */
  readonly body?: Buffer
}

/** Sends a request to a port of 127.0.0.1 on a connection of its own, and reads the answer whole. */
export async function ask(
  port: number,
  { path, method = 'GET', body }: Question,
): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
