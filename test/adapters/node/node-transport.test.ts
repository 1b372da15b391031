import { NodeTransport } from '../../../adapters/node/node-transport.ts'
import { transportCases } from '../transport.cases.ts'

transportCases('NodeTransport', () => new NodeTransport())

transportCases("NodeTransport that reads by 'data' events", () => new NodeTransport({ hasOnRead: false }))

transportCases('NodeTransport through Web Streams', () => new NodeTransport(), {
  view: ({ readable, writable, closed, info }) => ({ readable, writable, closed, info }),
  guessesOpen: true,
})
