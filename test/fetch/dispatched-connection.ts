import { byteTranslation } from '../../src/fetch/byte-translation.ts'
import type { FieldEncoding } from '../../src/fetch/field-text.ts'
import { DispatchConnection } from '../../src/fetch/dispatch-connection.ts'
import type { DispatchTarget } from '../../src/fetch/dispatch-target.ts'
import type { SendRequest } from '../../src/fetch/dispatcher.ts'
import { DispatcherPool } from '../../src/fetch/dispatcher-pool.ts'
import { Data } from '../../src/events.ts'
import { RecordingHandler } from '../adapters/recording-handler.ts'

export interface DispatchedConnection {
  readonly handler: RecordingHandler
  readonly pool: DispatcherPool
  /** Writes text, in which each character is a byte. @returns whether more may be written */
  write(text: string): boolean
}

/** A connection of bytes whose dispatcher sends with a function of the test, and a pool whose clock the test sets. */
export function openDispatched(
  send: SendRequest,
  { fieldEncoding, ...target }: Partial<DispatchTarget> & { readonly fieldEncoding?: FieldEncoding } = {},
  pool: DispatcherPool = new DispatcherPool({ now: () => 0 }),
): DispatchedConnection {
  const messages = new DispatchConnection({
    target: { name: 'http://up.test:8080', kind: 'fetch', origin: 'http://up.test:8080', send, ...target },
    pool,
    random: () => 0.5,
    setTimer: (callback, delayMs) => {
      const id = setTimeout(callback, delayMs)
      return { cancel: () => clearTimeout(id) }
    },
    info: { remoteAddress: 'up.test', remotePort: 8080, localAddress: '', localPort: 0 },
  })
  const connection = byteTranslation.toBytes(messages, { reads: 'answers', fieldEncoding })
  const handler = new RecordingHandler(connection)
  return { handler, pool, write: (text) => handler.inside(() => handler.direct.write(Data.latin1(text))) }
}
