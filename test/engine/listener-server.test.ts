import { describe, expect, test } from 'vitest'
import { buildProxy } from '../../src/engine/build-proxy.ts'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { InboundConnection } from '../../src/engine/inbound-connection.ts'
import { ListenerServer } from '../../src/engine/listener-server.ts'
import type { ListenerOptions } from '../../src/engine/proxy-definition.ts'
import { ProxyError } from '../../src/errors.ts'
import { Data, StreamEnd } from '../../src/events.ts'
import { LIMITS } from '../../src/limits.ts'
import type { Transport } from '../../src/transport.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { describeFilter } from './described-filter.ts'
import type { PlayedConnection } from './played-connection.ts'
import { type PlayedListener, PlayedTransport } from './played-transport.ts'

/** A listener that runs, on a transport that the test plays. */
class Scene {
  readonly transport = new PlayedTransport()
  readonly log = new RecordingLog()
  readonly server: ListenerServer

  constructor(options: ListenerOptions = {}, filters: readonly FilterRecipe[] = [], transport?: Transport) {
    const surroundings = { transport: transport ?? this.transport, log: this.log }
    const listeners = [{ host: '127.0.0.1', port: 8000, options, filters }]
    const proxy = buildProxy({ variables: {}, listeners, tasks: [], pipelines: new Map() }, surroundings)
    const [listener] = proxy.listeners
    if (listener === undefined) throw new Error('The proxy was built without its listener')
    this.server = new ListenerServer(listener.definition, listener.layout, {}, surroundings)
  }

  static async start(options?: ListenerOptions, filters?: readonly FilterRecipe[]): Promise<Scene> {
    const scene = new Scene(options, filters)
    await scene.server.start()
    return scene
  }

  get listener(): PlayedListener {
    const [listener] = this.transport.listeners
    if (listener === undefined) throw new Error('Nothing listens')
    return listener
  }

  connect(): PlayedConnection {
    return this.listener.connect()
  }
}

const isAttached = ({ calls }: PlayedConnection): boolean => calls.includes('attach')

describe('ListenerServer', () => {
  test('listens where it was told, with the options that it was given, and knows its address', async () => {
    const scene = new Scene({ keepAlive: false, noDelay: false })
    expect(scene.server.address).toBeUndefined()
    await scene.server.start()
    expect(scene.server.address).toEqual({ host: '127.0.0.1', port: 8000 })
    expect(scene.listener.options).toMatchObject({ keepAlive: false, noDelay: false })
    expect((await Scene.start()).listener.options).toMatchObject({ keepAlive: true, noDelay: true })
  })

  test('cannot start where there are no listening sockets', async () => {
    const { name, capabilities, now, setTimer, connect, random } = new PlayedTransport()
    const scene = new Scene({}, [], { name, capabilities, now, setTimer, connect, random })
    await expect(scene.server.start()).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: 'Cannot listen on port 8000: played has no listening sockets',
    })
  })

  test('logs connections that could not be accepted', async () => {
    const scene = await Scene.start()
    scene.listener.options.onError(new ProxyError('ADDRESS_UNAVAILABLE', 'Cannot accept: too many open files'))
    expect(scene.log.entries).toEqual(['warn Cannot accept: too many open files'])
  })

  test('gives each connection a session, and counts those that are open', async () => {
    const scene = await Scene.start()
    const [a, b] = [scene.connect(), scene.connect()]
    a.receive('a')
    b.receive('b')
    expect([a.sent, b.sent, scene.server.connectionCount]).toEqual(['a', 'b', 2])
    a.break()
    expect(scene.server.connectionCount).toBe(1)
  })

  test('gives each session a flush of its own, which a script may push to', async () => {
    const first: Data[] = []
    const scene = await Scene.start({}, [
      describeFilter('pushing', {
        process: (event) => {
          if (event instanceof Data) first.push(event.push('x'))
        },
      }),
    ])
    scene.connect()
    scene.connect()
    expect(first.map(String)).toEqual(['x', 'x'])
  })

  test('closes a connection whose filters cannot be made, and goes on', async () => {
    let isBroken = true
    const scene = await Scene.start({}, [
      describeFilter('fragile', {
        create: () => {
          if (isBroken) throw new Error('no memory')
        },
      }),
    ])
    const broken = scene.connect()
    isBroken = false
    const next = scene.connect()
    next.receive('x')
    expect([broken.calls, next.sent, scene.server.connectionCount]).toEqual([['close'], 'x', 1])
    expect(scene.log.messages('error')).toEqual(['Cannot open listen 127.0.0.1:8000: no memory'])
  })
})

describe('ListenerServer maxConnections', () => {
  test('lets connections beyond it wait unread, in order, until one closes', async () => {
    const scene = await Scene.start({ maxConnections: 2 })
    const connections = Array.from({ length: 4 }, () => scene.connect())
    expect(connections.map(isAttached)).toEqual([true, true, false, false])
    expect(scene.server.connectionCount).toBe(2)
    connections[1]?.break()
    expect(connections.map(isAttached)).toEqual([true, true, true, false])
    connections[2]?.break()
    connections[0]?.break()
    expect([connections.map(isAttached), scene.server.connectionCount]).toEqual([[true, true, true, true], 1])
  })

  test.each([undefined, -1])('%s is no limit', async (maxConnections) => {
    const scene = await Scene.start(maxConnections === undefined ? {} : { maxConnections })
    for (let i = 0; i < 600; i++) scene.connect()
    expect(scene.server.connectionCount).toBe(600)
  })

  test('refuses connections when as many wait as the system’s queue would hold', async () => {
    const scene = await Scene.start({ maxConnections: 1 })
    const connections = Array.from({ length: 513 }, () => scene.connect())
    expect(connections.filter(({ calls }) => calls.includes('close'))).toEqual([connections[512]])
  })

  test('skips connections that wait when it stops: they are closed, not served', async () => {
    const scene = await Scene.start({ maxConnections: 1 })
    const [first, second] = [scene.connect(), scene.connect()]
    await scene.server.stopListening()
    first.break()
    expect([isAttached(second), scene.server.connectionCount]).toEqual([false, 0])
    await scene.server.close()
    expect(second.calls).toEqual(['close'])
  })
})

describe('ListenerServer time-outs', () => {
  test('close connections on which nothing moves, and only those', async () => {
    const scene = await Scene.start({ idleTimeoutMs: 8000 })
    const [idle, busy, waiting] = [scene.connect(), scene.connect(), scene.connect()]
    for (let passedMs = 0; passedMs < 7000; passedMs += 500) {
      scene.transport.advance(500)
      busy.receive('x')
    }
    expect(idle.calls).toEqual(['attach'])
    waiting.receive('x')
    scene.transport.advance(2000)
    expect([idle, busy, waiting].map(({ calls }) => calls.includes('close'))).toEqual([true, false, false])
    await idle.closed
    expect(scene.server.connectionCount).toBe(2)
  })

  test('are 60 s without an option', async () => {
    const scene = await Scene.start()
    const connection = scene.connect()
    scene.transport.advance(LIMITS.idleTimeoutMs - 1)
    expect(connection.calls).toEqual(['attach'])
    scene.transport.advance(1001)
    expect(connection.calls).toContain('close')
  })

  test('never close a connection whose request is being worked on', async () => {
    const scene = await Scene.start({ idleTimeoutMs: 1000 }, [
      describeFilter('slow', {
        process: (_, { live }) => {
          const inbound = live.context.__inbound
          if (inbound instanceof InboundConnection) inbound.requestsInFlight = 1
        },
      }),
    ])
    const connection = scene.connect()
    scene.transport.advance(100_000)
    expect(connection.calls).toEqual(['attach'])
  })

  test.each([0, 60_000])(
    'with an idle time of %i close a client that stays after its answer',
    async (idleTimeoutMs) => {
      const scene = await Scene.start({ idleTimeoutMs }, [
        describeFilter('answering', {
          process: (event, { next, live }) => {
            if (!(event instanceof Data) || event.size === 0) return
            const inbound = live.context.__inbound
            if (inbound instanceof InboundConnection) inbound.isInputUnwanted = true
            next.process(new Data('bye'))
            next.process(new StreamEnd())
          },
        }),
      ])
      const connection = scene.connect()
      connection.receive('hello')
      connection.drain()
      expect([connection.calls, connection.isReading]).toEqual([['attach', 'end'], true])
      scene.transport.advance(LIMITS.lingerTimeoutMs - 1)
      expect(connection.calls).toEqual(['attach', 'end'])
      scene.transport.advance(LIMITS.lingerTimeoutMs / 2)
      expect(connection.calls).toEqual(['attach', 'end', 'close'])
    },
  )

  test('keep no timer while there are no connections', async () => {
    const scene = await Scene.start()
    expect(scene.transport.timerCount).toBe(0)
    const connection = scene.connect()
    expect(scene.transport.timerCount).toBe(1)
    connection.break()
    expect(scene.transport.timerCount).toBe(0)
  })
})

describe('ListenerServer stops', () => {
  test('stopListening lets connections go on and accepts no more', async () => {
    const scene = await Scene.start()
    const connection = scene.connect()
    await scene.server.stopListening()
    const late = scene.connect()
    connection.receive('x')
    expect([scene.listener.isClosed, connection.sent, late.calls]).toEqual([true, 'x', ['close']])
  })

  test('whenEmpty settles when the last connection is closed', async () => {
    const scene = await Scene.start()
    await scene.server.whenEmpty()
    const connection = scene.connect()
    let isEmpty = false
    const empty = scene.server.whenEmpty().then(() => (isEmpty = true))
    await Promise.resolve()
    expect(isEmpty).toBe(false)
    connection.break()
    await empty
    expect(isEmpty).toBe(true)
  })

  test('close closes the listener, all connections and the timer', async () => {
    const scene = await Scene.start()
    const [a, b] = [scene.connect(), scene.connect()]
    await scene.server.close()
    expect([scene.listener.isClosed, a.calls, b.calls]).toEqual([true, ['attach', 'close'], ['attach', 'close']])
    await Promise.all([a.closed, b.closed])
    expect([scene.server.connectionCount, scene.transport.timerCount]).toEqual([0, 0])
  })

  test('close before the listener is open closes it when it is', async () => {
    const scene = new Scene()
    const ready = Promise.withResolvers<void>()
    scene.transport.readiness = ready.promise
    const started = scene.server.start()
    await scene.server.close()
    ready.resolve()
    await started
    expect(scene.listener.isClosed).toBe(true)
  })

  test('close is fine for a listener that never started', async () => {
    await expect(new Scene().server.close()).resolves.toBeUndefined()
  })
})
