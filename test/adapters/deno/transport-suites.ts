/** What the suites of transports are run with inside of Deno. */
import { DenoTransport } from '../../../adapters/deno/deno-transport.ts'
import { socketCases } from '../socket.cases.ts'
import { transportCases } from '../transport.cases.ts'

transportCases('DenoTransport', () => new DenoTransport())

transportCases('DenoTransport through Web Streams', () => new DenoTransport(), {
  view: ({ readable, writable, closed, info }) => ({ readable, writable, closed, info }),
  guessesOpen: true,
})

socketCases('DenoTransport', () => new DenoTransport())
