import { describe, expect, test } from 'vitest'
import { http1 } from '../../src/http/http1.ts'
import type { Configuration } from '../../src/configuration.ts'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { ProxyServer } from '../../src/engine/proxy-server.ts'
import { ProxyError } from '../../src/errors.ts'
import { Data, Message, StreamEnd } from '../../src/events.ts'
import { LIMITS } from '../../src/limits.ts'
import { pipy } from '../../src/pipy.ts'
import { StreamConnection } from '../../src/streams/stream-connection.ts'
import type { Connection, DirectConnection } from '../../src/transport.ts'
import { MemoryTransport } from '../support/memory-transport.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { describeFilter } from './described-filter.ts'
import { PlayedTransport } from './played-transport.ts'

const CONNECT = { connectTimeoutMs: 1000, keepAlive: true, noDelay: true }
const GET = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'

/** A client that writes down what it is sent. */
class Client {
  readonly direct: DirectConnection
  text = ''
  isEnded = false
  isClosed = false

  constructor(connection: Connection) {
    this.direct = connection.direct ?? new StreamConnection(connection)
    this.direct.attach({
      onData: (data) => {
        this.text += data.toString('latin1')
      },
      onEnd: () => {
        this.isEnded = true
      },
      onDrain: () => undefined,
      onClose: () => {
        this.isClosed = true
      },
    })
  }

  send(text: string): void {
    this.direct.write(Data.latin1(text))
  }
}

/** Answers that the test gives when it wants to. */
class SlowAnswers {
  readonly #pending: ((message: Message) => void)[] = []

  readonly answer = (): Promise<Message> => new Promise((resolve) => this.#pending.push(resolve))

  get count(): number {
    return this.#pending.length
  }

  give(text: string): void {
    this.#pending.shift()?.(new Message({ status: 200 }, text))
  }
}

describe('ProxyServer.start', () => {
  test('opens all listeners in order, then starts the tasks', async () => {
    const transport = new PlayedTransport()
    const ready = Promise.withResolvers<void>()
    transport.readiness = ready.promise
    const log = new RecordingLog()
    let runs = 0
    const proxy = pipy()
      .listen('127.0.0.1:0')
      .listen(8001)
      .task()
      .handleMessageStart(() => runs++)
    const server = new ProxyServer(proxy, { transport, log, http1 })
    const started = server.start()
    expect([server.addresses, runs]).toEqual([[], 0])
    ready.resolve()
    await started
    expect(server.addresses).toEqual([
      { host: '127.0.0.1', port: 40_000 },
      { host: '', port: 8001 },
    ])
    expect(runs).toBe(1)
  })

  test('closes the listeners that opened when one cannot, and starts no task', async () => {
    const transport = new PlayedTransport()
    transport.refusals.set(8002, new ProxyError('ADDRESS_IN_USE', 'Cannot listen on port 8002: it is in use'))
    let runs = 0
    const proxy = pipy()
      .listen(8001)
      .listen(8002)
      .listen(8003)
      .task()
      .handleMessageStart(() => runs++)
    const server = new ProxyServer(proxy, { transport, log: new RecordingLog(), http1 })
    await expect(server.start()).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' })
    expect(transport.listeners.map(({ address, isClosed }) => [address.port, isClosed])).toEqual([[8001, true]])
    expect(runs).toBe(0)
  })

  test('gives up what filters hold when a listener cannot open', async () => {
    const transport = new PlayedTransport()
    transport.refusals.set(8001, new ProxyError('ADDRESS_IN_USE', 'Cannot listen'))
    let stops = 0
    const holding: FilterRecipe = {
      name: 'holding',
      bind: (scope) => {
        scope.onStop(() => stops++)
        return describeFilter('holding').bind(scope)
      },
    }
    const proxy = pipy().listen(8001).filter(holding)
    await expect(new ProxyServer(proxy, { transport, log: new RecordingLog(), http1 }).start()).rejects.toThrow(
      'Cannot listen',
    )
    expect(stops).toBe(1)
  })

  test('starts nothing more when the proxy was closed before it ran', async () => {
    const transport = new PlayedTransport()
    const ready = Promise.withResolvers<void>()
    transport.readiness = ready.promise
    let runs = 0
    const proxy = pipy()
      .listen(8001)
      .listen(8002)
      .task(10)
      .handleMessageStart(() => runs++)
    const server = new ProxyServer(proxy, { transport, log: new RecordingLog(), http1 })
    const started = server.start()
    await server.close()
    ready.resolve()
    await started
    expect(transport.listeners.map(({ isClosed }) => isClosed)).toEqual([true, true])
    expect([runs, transport.timerCount]).toEqual([0, 0])
  })

  test('waits for what begins with the proxy before it opens a listener, and opens none when it was closed by then', async () => {
    for (const isClosed of [false, true]) {
      const transport = new PlayedTransport()
      const ready = Promise.withResolvers<void>()
      let starts = 0
      const beginning: FilterRecipe = {
        name: 'beginning',
        bind: (scope) => {
          scope.onStart(() => {
            starts++
            return ready.promise
          })
          return describeFilter('beginning').bind(scope)
        },
      }
      const proxy = pipy()
        .listen(8001)
        .handleMessageStart(() => undefined)
        .pipeline('aside')
        .filter(beginning)
      const server = new ProxyServer(proxy, { transport, log: new RecordingLog(), http1 })
      expect(starts).toBe(0)
      const started = server.start()
      expect([starts, transport.listeners.length]).toEqual([1, 0])
      if (isClosed) await server.close()
      ready.resolve()
      await started
      expect(transport.listeners.length).toBe(isClosed ? 0 : 1)
    }
  })

  test('closes what it has begun when that fails', async () => {
    const transport = new PlayedTransport()
    let stops = 0
    const failing: FilterRecipe = {
      name: 'failing',
      bind: (scope) => {
        scope.onStart(() => Promise.reject(new ProxyError('INVALID_ARGUMENT', 'Cannot begin')))
        scope.onStop(() => stops++)
        return describeFilter('failing').bind(scope)
      },
    }
    const proxy = pipy().listen(8001).filter(failing)
    const server = new ProxyServer(proxy, { transport, log: new RecordingLog(), http1 })
    await expect(server.start()).rejects.toThrow('Cannot begin')
    expect([stops, transport.listeners.length]).toEqual([1, 0])
  })

  test('refuses a proxy with an unknown pipeline before it opens anything', () => {
    const transport = new PlayedTransport()
    expect(
      () => new ProxyServer(pipy().listen(8001).link('nowhere'), { transport, log: new RecordingLog(), http1 }),
    ).toThrow(expect.objectContaining({ code: 'UNKNOWN_PIPELINE' }))
    expect(transport.listeners).toEqual([])
  })
})

describe.each([false, true])('ProxyServer on a transport that has only streams: %s', (hasOnlyStreams) => {
  async function run<V>(proxy: Configuration<V>) {
    const transport = new MemoryTransport({ hasOnlyStreams })
    const log = new RecordingLog()
    const server = new ProxyServer(proxy, { transport, log, http1 })
    await server.start()
    const connect = async (): Promise<Client> => {
      const [address] = server.addresses
      if (address === undefined) throw new Error('The proxy listens nowhere')
      const client = new Client(transport.connect(address, CONNECT))
      await transport.settle()
      return client
    }
    return { transport, log, server, connect }
  }

  test('counts the connections of all its listeners', async () => {
    const { server, connect, transport } = await run(pipy().listen(8000).listen(8001))
    const client = await connect()
    await connect()
    expect(server.connectionCount).toBe(2)
    client.direct.close()
    await transport.settle()
    expect(server.connectionCount).toBe(1)
  })

  test('drain lets requests in flight finish and closes what nothing is owed to', async () => {
    const answers = new SlowAnswers()
    const { server, connect, transport, log } = await run(
      pipy()
        .listen(8000)
        .demuxHTTP((p) => p.replaceMessage(answers.answer)),
    )
    const [idle, busy] = [await connect(), await connect()]
    busy.send(GET)
    await transport.settle()
    expect(answers.count).toBe(1)

    const drained = server.drain()
    await transport.advance(LIMITS.drainGraceMs)
    expect([idle.isEnded, busy.isEnded]).toEqual([true, false])
    idle.direct.end()
    answers.give('done')
    await transport.settle()
    expect([busy.text.includes('200'), busy.text.endsWith('done'), busy.isEnded]).toEqual([true, true, true])
    busy.direct.end()
    await expect(drained).resolves.toBe(true)
    expect([server.connectionCount, log.messages('warn')]).toEqual([0, []])
  })

  test('drain accepts nothing more', async () => {
    const { server, connect, transport } = await run(pipy().listen(8000))
    const open = await connect()
    const drained = server.drain()
    const late = await connect()
    expect(late.isClosed).toBe(true)
    open.direct.close()
    await transport.settle()
    await expect(drained).resolves.toBe(true)
  })

  test('drain closes what is not done in time, and says so', async () => {
    const answers = new SlowAnswers()
    const { server, connect, transport, log } = await run(
      pipy()
        .listen(8000)
        .demuxHTTP((p) => p.replaceMessage(answers.answer)),
    )
    const client = await connect()
    client.send(GET)
    await transport.settle()
    const drained = server.drain(500)
    await transport.advance(499)
    expect([client.isEnded, client.isClosed]).toEqual([false, false])
    await transport.advance(1)
    await expect(drained).resolves.toBe(false)
    await transport.settle()
    expect([client.text, server.connectionCount]).toEqual(['', 0])
    expect(log.messages('warn')).toEqual(['Closing 1 connections: not done after 500 ms'])
  })

  test('drain waits 10 s without a time', async () => {
    const { server, connect, transport } = await run(pipy().listen(8000))
    await connect()
    let result: boolean | undefined
    void server.drain().then((isEmpty) => (result = isEmpty))
    await transport.advance(LIMITS.drainTimeoutMs - 1)
    expect(result).toBeUndefined()
    await transport.advance(1)
    expect(result).toBe(false)
  })

  test('drain stops tasks', async () => {
    let runs = 0
    const { server, transport } = await run(
      pipy()
        .task(100)
        .handleMessageStart(() => runs++)
        .replaceMessage(() => new StreamEnd()),
    )
    await transport.advance(250)
    await expect(server.drain()).resolves.toBe(true)
    await transport.advance(1000)
    expect([runs, transport.timerCount]).toEqual([3, 0])
  })

  test('close cuts everything off at once', async () => {
    const answers = new SlowAnswers()
    const { server, connect, transport } = await run(
      pipy()
        .listen(8000)
        .demuxHTTP((p) => p.replaceMessage(answers.answer)),
    )
    const client = await connect()
    client.send(GET)
    await transport.settle()
    await server.close()
    await transport.settle()
    expect([client.text, client.isEnded || client.isClosed, server.connectionCount]).toEqual(['', true, 0])
    answers.give('too late')
    await transport.settle()
    expect([client.text, transport.timerCount]).toEqual(['', 0])
  })

  test('a client that does not close after the last answer is read on for a while, then closed', async () => {
    const { connect, transport, server } = await run(
      pipy()
        .listen(8000)
        .serveHTTP(() => new Message({ status: 200 }, 'bye')),
    )
    const client = await connect()
    client.send('POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx')
    await transport.settle()
    expect([client.text.endsWith('bye'), client.isEnded]).toEqual([true, true])
    for (let passedMs = 0; passedMs < 1500; passedMs += 500) {
      client.send('unasked')
      await transport.advance(500)
    }
    expect(server.connectionCount).toBe(1)
    await transport.advance(1500)
    expect(server.connectionCount).toBe(0)
  })

  test('a client goes on sending after its upstream has ended, for as long as something moves', async () => {
    const { connect, transport } = await run(pipy().listen(8000, { idleTimeoutMs: 4000 }).connect('127.0.0.1:9000'))
    const upstreams: Client[] = []
    const options = { keepAlive: true, noDelay: true, onError: () => undefined }
    await transport.listen({ host: '127.0.0.1', port: 9000 }, options, (connection) => {
      upstreams.push(new Client(connection))
    })
    const client = await connect()
    const [upstream] = upstreams
    if (upstream === undefined) throw new Error('Nobody connected to the upstream')
    upstream.direct.end()
    for (let seconds = 0; seconds < 10; seconds++) {
      client.send(`${seconds}`)
      await transport.advance(1000)
    }
    client.direct.end()
    await transport.settle()
    expect([client.isEnded, upstream.text, upstream.isEnded]).toEqual([true, '0123456789', true])
    expect([client.isClosed, upstream.isClosed]).toEqual([true, true])
  })

  test('a filter that throws costs one connection, and the others go on', async () => {
    const fragile = describeFilter('fragile', {
      process: (event, { next }) => {
        if (event instanceof Data && event.toString() === 'bad') throw new Error('defect')
        next.process(event)
      },
    })
    const { connect, transport, log } = await run(pipy().listen(8000).filter(fragile))
    const [bad, good] = [await connect(), await connect()]
    bad.send('bad')
    good.send('good')
    await transport.settle()
    expect([bad.isClosed, good.text, good.isClosed]).toEqual([true, 'good', false])
    expect(log.messages('error')).toEqual(['Cannot run the callback of a filter in listen 8000: defect'])
  })
})
