import { nodeTransport } from 'sluice/node'
import { APPLICATION_RUNTIMES } from '../adapters/support/application-runtimes.ts'
import { describeRuntime } from './runtime.cases.ts'

const name = '@hono/node-server on Node 24'
const server = APPLICATION_RUNTIMES.find((runtime) => runtime.name === name)

describeRuntime({
  name: 'Hono on Node 24',
  // It is the application that listens, and what its handler answers cannot switch protocols.
  capabilities: { ...nodeTransport.capabilities, tcpListen: false, upgrade: false },
  absent: server === undefined ? 'the tests do not run on Node 24' : undefined,
  start: async () => {
    if (server === undefined) throw new Error(`Cannot start ${name}: there is none`)
    return await server.start('test/runtimes/hono-under-test.ts')
  },
})
