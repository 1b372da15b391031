import { describe, expect, test } from 'vitest'
import { http1 } from '../../src/http/http1.ts'
import type { Configuration } from '../../src/configuration.ts'
import { type Context, createContext } from '../../src/engine/context.ts'
import { InboundConnection } from '../../src/engine/inbound-connection.ts'
import { ProxyServer } from '../../src/engine/proxy-server.ts'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { pipy } from '../../src/pipy.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { PlayedConnection } from './played-connection.ts'
import { PlayedTransport } from './played-transport.ts'

const INBOUND = new InboundConnection(new PlayedConnection())

describe('createContext', () => {
  test('copies the variables shallowly and adds the connection', () => {
    const variables = { count: 1, list: [1] }
    const [a, b] = [createContext(variables, INBOUND), createContext(variables, null)]
    a.count++
    a.list.push(2)
    expect(a).toEqual({ count: 2, list: [1, 2], __inbound: INBOUND })
    expect(b).toEqual({ count: 1, list: [1, 2], __inbound: null })
    expect(a.list).toBe(b.list)
    expect(variables.count).toBe(1)
  })

  test('makes a plain object', () => {
    expect(Object.getPrototypeOf(createContext({}, null))).toBe(Object.prototype)
  })
})

describe('__inbound', () => {
  test('has an id that counts up, and the addresses of both ends', () => {
    const next = new InboundConnection(new PlayedConnection())
    const { id, remoteAddress, remotePort, localAddress, localPort } = next
    expect(next.id).toBeGreaterThan(INBOUND.id)
    expect(typeof id).toBe('number')
    expect({ remoteAddress, remotePort, localAddress, localPort }).toEqual(new PlayedConnection().info)
  })

  test('asks for the addresses only when they are read', () => {
    let asked = 0
    const inbound = new InboundConnection({
      get info() {
        asked++
        return new PlayedConnection().info
      },
    })
    expect(asked).toBe(0)
    expect([inbound.localPort, asked]).toEqual([8000, 1])
  })
})

interface Variables {
  count: number
  readonly shared: { count: number }
  seen: string[]
}

/** Writes down, under a name, what a callback finds, and counts both variables up: the own one and the shared one. */
function visit(name: string): (_: unknown, context: Context<Variables>) => void {
  return (_, context) => {
    context.seen.push(`${name} ${context.count} ${context.shared.count}`)
    context.count++
    context.shared.count++
  }
}

/** Runs a proxy on a transport that the test plays, and gives its clients. */
async function run(describeProxy: (proxy: Configuration<Variables>) => Configuration<Variables>) {
  const variables: Variables = { count: 0, shared: { count: 0 }, seen: [] }
  const transport = new PlayedTransport()
  const proxy = describeProxy(pipy(variables).listen(8000))
  const server = new ProxyServer(proxy, { transport, log: new RecordingLog(), http1 })
  await server.start()
  const connect = (): PlayedConnection => {
    const connection = transport.listeners[0]?.connect()
    if (connection === undefined) throw new Error('The proxy listens nowhere')
    return connection
  }
  return { connect, seen: variables.seen, variables, transport }
}

/** A filter that turns each piece of bytes into a message: where HTTP would come in. */
const split = [new MessageStart(), new Data('m'), new MessageEnd()]

describe('Contexts of sessions', () => {
  test('listen gives each connection the initial values; objects are shared', async () => {
    const { connect, seen, variables } = await run((proxy) => proxy.handleData(visit('data')))
    const [a, b] = [connect(), connect()]
    a.receive('1')
    a.receive('2')
    b.receive('1')
    expect(seen).toEqual(['data 0 0', 'data 1 1', 'data 0 2'])
    expect(variables.count).toBe(0)
  })

  test('task gives each run the initial values', async () => {
    const { seen, transport } = await run((proxy) =>
      proxy
        .task(1000)
        .handleMessageStart(visit('task'))
        .replaceMessage(() => new StreamEnd()),
    )
    transport.advance(2000)
    expect(seen).toEqual(['task 0 0', 'task 0 1', 'task 0 2'])
  })

  test('link, branch and inline pipelines use the same context', async () => {
    const { connect, seen } = await run((proxy) =>
      proxy
        .replaceSessionStart(() => new Data('x'))
        .link((p) => p.handleData(visit('linked')).branch(true, (q) => q.handleData(visit('branched'))))
        .handleData(visit('after')),
    )
    connect()
    expect(seen).toEqual(['linked 0 0', 'branched 1 1', 'after 2 2'])
  })

  test('demux copies the connection’s values at each MessageStart, and changes stay in the copy', async () => {
    const { connect, seen } = await run((proxy) =>
      proxy
        .replaceData((data) => (data.size === 0 ? null : split))
        .handleMessageStart(visit('connection'))
        .demux((p) => p.handleMessageStart(visit('first')).handleMessageEnd(visit('last')))
        .handleMessageEnd(visit('after')),
    )
    const client = connect()
    client.receive('x')
    client.receive('x')
    expect(seen).toEqual([
      'connection 0 0',
      'first 1 1',
      'last 2 2',
      'after 1 3',
      'connection 2 4',
      'first 3 5',
      'last 4 6',
      'after 3 7',
    ])
  })

  test('demuxHTTP copies the connection’s values at each request', async () => {
    const { connect, seen } = await run((proxy) =>
      proxy
        .handleData(visit('connection'))
        .demuxHTTP((p) => p.handleMessageStart(visit('request')).replaceMessage(new Message('ok'))),
    )
    const client = connect()
    client.receive('GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n')
    client.receive('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    expect(seen).toEqual(['connection 0 0', 'request 1 1', 'request 1 2', 'connection 1 3', 'request 2 4'])
    expect(client.sent.match(/200 OK/g)).toHaveLength(3)
  })

  test('fork without variables uses the same context, with variables a copy in which they are set', async () => {
    const { connect, seen } = await run((proxy) =>
      proxy
        .replaceSessionStart(() => new Data('x'))
        .fork((p) => p.handleData(visit('same')))
        .fork((p) => p.handleData(visit('copy')), [{ count: 10 }, {}])
        .handleData(visit('after')),
    )
    connect()
    expect(seen).toEqual(['same 0 0', 'copy 10 1', 'copy 1 2', 'after 1 3'])
  })

  test('mux gives the shared session the context of its first sender, not copied', async () => {
    const { connect, seen } = await run((proxy) =>
      proxy
        .replaceData((data) => (data.size === 0 ? null : split))
        .mux((p) => p.handleMessageStart(visit('shared')).replaceMessage(new Message('r')))
        .handleMessageEnd(visit('after')),
    )
    const [a, b] = [connect(), connect()]
    a.receive('x')
    b.receive('x')
    expect(seen).toEqual(['shared 0 0', 'after 1 1', 'shared 2 2', 'after 0 3'])
  })

  test('all of a connection’s contexts have its __inbound, and those of tasks have null', async () => {
    const seen: unknown[] = []
    const note = (_: unknown, { __inbound }: Context): void => void seen.push(__inbound)
    const { connect } = await run((proxy) =>
      proxy
        .handleSessionStart(note)
        .demuxHTTP((p) => p.handleMessageStart(note).link((q) => q.replaceMessage(new Message('ok'))))
        .task()
        .handleMessageStart(note),
    )
    connect().receive('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    expect(seen).toEqual([null, expect.any(InboundConnection), seen[1]])
  })
})
