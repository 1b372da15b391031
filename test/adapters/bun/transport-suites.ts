/** What the suites of transports are run with inside of Bun. */
import { BunTransport } from '../../../adapters/bun/bun-transport.ts'
import { socketCases } from '../socket.cases.ts'
import { transportCases } from '../transport.cases.ts'

transportCases('BunTransport', () => new BunTransport())

transportCases('BunTransport through Web Streams', () => new BunTransport(), {
  view: ({ readable, writable, closed, info }) => ({ readable, writable, closed, info }),
  guessesOpen: true,
})

socketCases('BunTransport', () => new BunTransport())
