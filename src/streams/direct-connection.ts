import type { Connection, DirectConnection } from '../transport.ts'
import { StreamConnection } from './stream-connection.ts'

/** The direct path of a connection: its own where the runtime offers one, otherwise one over its Web Streams. */
export function directConnection(connection: Connection): DirectConnection {
  return connection.direct ?? new StreamConnection(connection)
}
