import type { Connection, ConnectionInfo } from '../../src/transport.ts'

const INFO: ConnectionInfo = { remoteAddress: '10.0.0.1', remotePort: 4000, localAddress: '10.0.0.2', localPort: 8000 }
/** Streams take a few turns of the microtask queue for each step. */
const TURNS = 2000

/** Two connections joined by nothing but the Web Streams of the runtime. */
export function createWebStreamPair(): [near: Connection, far: Connection] {
  const [there, back] = [new TransformStream<Uint8Array, Uint8Array>(), new TransformStream<Uint8Array, Uint8Array>()]
  // Nobody tells how such a pair ended except the streams themselves.
  const closed = new Promise<void>(() => undefined)
  return [
    { readable: back.readable, writable: there.writable, closed, info: INFO },
    { readable: there.readable, writable: back.writable, closed, info: INFO },
  ]
}

/** Waits until streams of the runtime, which take no time, have done all they can. */
export async function settleStreams(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await Promise.resolve()
}
