/** The works that every rival is measured at: what the client asks for again and again. */

export type WorkName = 'small' | '16k' | '1m' | '1m-up'

export interface Work {
  readonly name: WorkName
  readonly title: string
  /** Path at the upstream. */
  readonly path: string
  /** Bytes that each request sends; 0 makes it a GET. */
  readonly requestBytes: number
  /** Bytes that each answer has; the upstream's files are made from this. */
  readonly answerBytes: number
  /** Client connections, each with one request under way. */
  readonly connectionCount: number
  /** Bodies larger than a proxy's usual buffers: the variants tuned for them take part. */
  readonly isLarge: boolean
}

const KIB = 1024
const MIB = 1024 * KIB

export const WORKS: readonly Work[] = [
  {
    name: 'small',
    title: 'GET, 16 bytes',
    path: '/small',
    requestBytes: 0,
    answerBytes: 16,
    connectionCount: 64,
    isLarge: false,
  },
  {
    name: '16k',
    title: 'GET, 16 KiB',
    path: '/16k',
    requestBytes: 0,
    answerBytes: 16 * KIB,
    connectionCount: 64,
    isLarge: false,
  },
  {
    name: '1m',
    title: 'GET, 1 MiB',
    path: '/1m',
    requestBytes: 0,
    answerBytes: MIB,
    connectionCount: 64,
    isLarge: true,
  },
  {
    name: '1m-up',
    title: 'POST, 1 MiB',
    path: '/upload',
    requestBytes: MIB,
    answerBytes: 9,
    connectionCount: 64,
    isLarge: true,
  },
]

/** The bytes of a body of that size: the same ones each time, and no two parts of it alike. */
export function makeBody(bytes: number): Buffer {
  const body = Buffer.alloc(bytes)
  let state = 1
  for (let i = 0; i < bytes; i++) {
    // Linear congruential generator of Numerical Recipes: cheap, and its upper bits look random.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    body[i] = 97 + ((state >>> 16) % 26)
  }
  return body
}
