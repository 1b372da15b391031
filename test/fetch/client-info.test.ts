import { expect, test } from 'vitest'
import { clientInfo } from '../../src/fetch/client-info.ts'

const request = new Request('http://host.test/')
const socket = { remoteAddress: '::1', remotePort: 1234, localAddress: '::2', localPort: 80 }

test.each([
  [
    'the information that Deno.serve gives',
    { remoteAddr: { hostname: '10.0.0.1', port: 1234, transport: 'tcp' } },
    { remoteAddress: '10.0.0.1', remotePort: 1234, localAddress: '', localPort: 0 },
  ],
  [
    'the server that Bun gives',
    new (class {
      readonly port = 1234
      requestIP(asked: Request) {
        return asked === request ? { address: '10.0.0.1', port: this.port, family: 'IPv4' } : null
      }
    })(),
    { remoteAddress: '10.0.0.1', remotePort: 1234, localAddress: '', localPort: 0 },
  ],
  ["the message that Hono's server on Node gives", { incoming: { socket }, outgoing: {} }, socket],
])('clientInfo reads %s', (_, argument, expected) => {
  expect(clientInfo(argument, request)).toEqual(expected)
})

test.each([
  ['nothing', undefined],
  ['null', null],
  ['bindings', { KEY: 'value', requestIP: 'text', remoteAddr: 'text', incoming: {} }],
  ['a client that is gone', { requestIP: () => null }],
  ['a Unix socket', { remoteAddr: { path: 'client.sock', transport: 'unix' } }],
  ['a destroyed socket', { incoming: { socket: { remoteAddress: undefined } } }],
])('clientInfo knows nobody from %s', (_, argument) => {
  expect(clientInfo(argument, request)).toBeUndefined()
})
