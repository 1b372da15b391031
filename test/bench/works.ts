/** The works that every rival is measured at: what the client asks for again and again. */

export type WorkName = 'small' | '16k' | '1m' | '1m-up' | 'headers' | 'typed' | 'latency' | 'arrival' | 'routes'

/**
 * What the proxies are set up to do: to route by path (`pool`); the same with a script that reads three header fields
 * and sets one; the same in the typed form; the same among a thousand routes.
 */
export type Setup = 'pool' | 'headers' | 'typed' | 'routes'

export interface Work {
  readonly name: WorkName
  readonly title: string
  readonly setup: Setup
  /** Path at the upstream. */
  readonly path: string
  /** As many paths below `path` are asked for in turn. @default `path` itself, always */
  readonly pathCount?: number
  /** Header fields of each request beside its Host. */
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes that each request sends; 0 makes it a GET. */
  readonly requestBytes: number
  /** Bytes that each answer has; the upstream's files are made from this. */
  readonly answerBytes: number
  /** Client connections, each with one request under way. */
  readonly connectionCount: number
  /** The connections come all at once, while as many as the other works have are served already. @default false */
  readonly arrivesAtOnce?: boolean
  /** Bodies larger than a proxy's usual buffers. */
  readonly isLarge: boolean
}

const KIB = 1024
const MIB = 1024 * KIB

/** The connections that keep a proxy busy: those of most works, and of every warm-up. */
export const USUAL_CONNECTION_COUNT = 64

const SMALL = {
  title: 'GET, 16 bytes',
  setup: 'pool',
  path: '/small',
  requestBytes: 0,
  answerBytes: 16,
  connectionCount: USUAL_CONNECTION_COUNT,
  isLarge: false,
} as const satisfies Omit<Work, 'name'>

/** Of all routes, those that the client asks for one after the other. */
export const ASKED_ROUTE_COUNT = 900

export const WORKS: readonly Work[] = [
  { ...SMALL, name: 'small' },
  { ...SMALL, name: '16k', title: 'GET, 16 KiB', path: '/16k', answerBytes: 16 * KIB },
  { ...SMALL, name: '1m', title: 'GET, 1 MiB', path: '/1m', answerBytes: MIB, isLarge: true },
  {
    ...SMALL,
    name: '1m-up',
    title: 'POST, 1 MiB',
    path: '/upload',
    requestBytes: MIB,
    answerBytes: 9,
    isLarge: true,
  },
  {
    ...SMALL,
    name: 'headers',
    title: 'GET, 16 bytes, three header fields read and one set',
    setup: 'headers',
    headers: { 'X-User': 'marie', 'X-Plan': 'free', 'X-Region': 'north' },
  },
  { ...SMALL, name: 'typed', title: 'GET, 16 bytes, typed form', setup: 'typed' },
  { ...SMALL, name: 'latency', title: 'GET, 16 bytes, one at a time', connectionCount: 1 },
  { ...SMALL, name: 'arrival', title: 'GET, 16 bytes, all arrive at once', connectionCount: 1000, arrivesAtOnce: true },
  {
    ...SMALL,
    name: 'routes',
    title: 'GET, 16 bytes, 1,000 routes',
    setup: 'routes',
    path: '/route',
    pathCount: ASKED_ROUTE_COUNT,
  },
]

/** The paths that the client asks for in turn: `/route/0/a`, `/route/1/a` and so on where there are several. */
export function pathsOf({ path, pathCount }: Work): string[] {
  return pathCount === undefined ? [path] : Array.from({ length: pathCount }, (_, i) => `${path}/${i}/a`)
}

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
