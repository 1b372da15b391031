import { describe, expect, test } from 'vitest'
import { buildProxy } from '../../src/engine/build-proxy.ts'
import type { Context } from '../../src/engine/context.ts'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { InboundConnection } from '../../src/engine/inbound-connection.ts'
import { InboundSession } from '../../src/engine/inbound-session.ts'
import { Ticker } from '../../src/engine/ticker.ts'
import { ProxyError } from '../../src/errors.ts'
import { Data, StreamEnd } from '../../src/events.ts'
import { LIMITS } from '../../src/limits.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { describeFilter, type DescribedFilter, type FilterDescription } from './described-filter.ts'
import { PlayedConnection } from './played-connection.ts'
import { PlayedTransport } from './played-transport.ts'
import { showEvent } from './show-event.ts'

const IDLE_MS = 4000
const TICK_MS = LIMITS.lingerTimeoutMs / 4

/** A session of one filter, with everything around it in the test's hands. */
class Scene {
  readonly transport = new PlayedTransport()
  readonly log = new RecordingLog()
  readonly connection = new PlayedConnection()
  readonly session: InboundSession
  /** What the filter was given. */
  readonly input: string[] = []
  filter!: DescribedFilter
  closedCount = 0

  constructor(description: FilterDescription = {}, recipes?: readonly FilterRecipe[]) {
    const spy = describeFilter('spy', {
      ...description,
      create: (filter) => {
        this.filter = filter
        description.create?.(filter)
      },
      process: (event, filter) => {
        this.input.push(showEvent(event))
        if (description.process === undefined) filter.next.process(event)
        else description.process(event, filter)
      },
    })
    const filters = recipes ?? [spy]
    const listeners = [{ host: '', port: 8000, options: {}, filters }]
    const proxy = buildProxy({ variables: { count: 1 }, listeners, tasks: [], pipelines: new Map() }, this)
    const [listener] = proxy.listeners
    if (listener === undefined) throw new Error('The proxy was built without its listener')
    const ticker = new Ticker(this.transport, [LIMITS.lingerTimeoutMs], () => undefined)
    ticker.start()
    this.session = new InboundSession(this.connection, listener.layout, { count: 1 }, ticker, () => this.closedCount++)
    this.session.start(new Data())
  }

  /** The pipeline outputs something by itself, as one does that got an answer from elsewhere. */
  output(event: Data | StreamEnd): void {
    this.filter.next.process(event)
  }
}

/** A filter that takes everything in and outputs nothing by itself. */
const SILENT: FilterDescription = { process: () => undefined }

function inboundOf({ filter }: Scene): InboundConnection {
  return filter.live.context.__inbound as InboundConnection
}

describe('InboundSession', () => {
  test('begins with a flush, once it is ready for bytes', () => {
    const { connection, input } = new Scene()
    expect([connection.calls, input]).toEqual([['attach'], ['flush']])
  })

  test('has a context of its own with the connection in it', () => {
    const [a, b] = [new Scene(), new Scene()]
    const contexts = [a, b].map(({ filter }) => filter.live.context as Context<{ count: number }>)
    const [first, second] = contexts
    if (first === undefined || second === undefined) throw new Error('There are two sessions')
    first.count++
    expect(contexts.map(({ count }) => count)).toEqual([2, 1])
    expect(first.__inbound).toBeInstanceOf(InboundConnection)
    expect(second.__inbound?.id).toBe((first.__inbound?.id ?? 0) + 1)
    expect(first.__inbound).toMatchObject({ ...a.connection.info })
  })

  test('feeds what comes, and writes what the pipeline outputs, but no flush', () => {
    const { connection, input } = new Scene()
    connection.receive('ping')
    expect([input, connection.sent, connection.writeCount]).toEqual([['flush', 'Data(ping)'], 'ping', 1])
  })

  test('a client that ends sending still gets its answer, and then the end', () => {
    const scene = new Scene(SILENT)
    scene.connection.receive('question')
    scene.connection.receiveEnd()
    expect([scene.input, scene.connection.calls]).toEqual([['flush', 'Data(question)', 'StreamEnd'], ['attach']])
    scene.output(new Data('answer'))
    scene.output(new StreamEnd())
    expect([scene.connection.sent, scene.connection.calls]).toEqual(['answer', ['attach', 'end']])
  })

  test('after the end of its output it reads on, writes nothing more, and cuts the connection if an error follows', () => {
    const scene = new Scene(SILENT)
    scene.output(new StreamEnd())
    scene.output(new Data('late'))
    scene.output(new StreamEnd())
    scene.connection.receive('more')
    expect([scene.connection.sent, scene.connection.calls, scene.connection.isReading]).toEqual([
      '',
      ['attach', 'end'],
      true,
    ])
    expect(scene.input).toEqual(['flush', 'Data(more)'])
    scene.output(new StreamEnd(new ProxyError('TRUNCATED_MESSAGE', 'Cannot go on')))
    expect(scene.connection.calls).toEqual(['attach', 'end', 'abort'])
  })

  test('an output that ends with an error cuts the connection', async () => {
    const scene = new Scene(SILENT)
    scene.output(new Data('half'))
    scene.output(new StreamEnd(new ProxyError('CONNECTION_RESET', 'Cannot read')))
    expect([scene.connection.sent, scene.connection.calls]).toEqual(['half', ['attach', 'abort']])
    await scene.connection.closed
    expect([scene.input.at(-1), scene.closedCount]).toEqual(['StreamEnd(CLIENT_ABORTED)', 1])
  })

  test('a connection that breaks ends the input with its error, and closes the pipeline after that', () => {
    const order: string[] = []
    const scene = new Scene({
      process: (event) => order.push(showEvent(event)),
      close: () => order.push('close'),
    })
    scene.connection.break(new ProxyError('CONNECTION_RESET', 'Cannot read'))
    expect([order, scene.closedCount]).toEqual([['flush', 'StreamEnd(CONNECTION_RESET)', 'close'], 1])
  })

  test('a connection that closes after the client ended sending has no second end', () => {
    const scene = new Scene(SILENT)
    scene.connection.receiveEnd()
    scene.connection.break()
    expect([scene.input, scene.closedCount]).toEqual([['flush', 'StreamEnd'], 1])
  })

  test('writes nothing to a connection that is closed', () => {
    const scene = new Scene(SILENT)
    scene.connection.break()
    scene.output(new Data('late'))
    scene.output(new StreamEnd(new Error('late')))
    expect([scene.connection.sent, scene.connection.calls]).toEqual(['', ['attach']])
  })

  test('tells those who asked when it is over, once', () => {
    const scene = new Scene(SILENT)
    const inbound = scene.filter.live.context.__inbound as InboundConnection
    let told = 0
    inbound.whenClosed(() => told++)
    expect(told).toBe(0)
    scene.connection.break()
    expect(told).toBe(1)
    inbound.whenClosed(() => told++)
    expect(told).toBe(2)
  })

  test('stops its pipeline while the connection is full, once, and goes on when it has drained', () => {
    const { connection } = new Scene()
    connection.isFull = true
    connection.receive('a')
    connection.receive('b')
    expect([connection.calls, connection.isReading]).toEqual([['attach', 'pause'], false])
    connection.drain()
    connection.drain()
    expect([connection.calls, connection.isReading]).toEqual([['attach', 'pause', 'resume'], true])
    connection.isFull = true
    connection.receive('c')
    expect([connection.sent, connection.isReading]).toEqual(['abc', false])
  })

  test('reads on only when all who paused it have resumed', () => {
    const { connection, filter } = new Scene(SILENT)
    filter.prev.pause()
    filter.prev.pause()
    filter.prev.resume()
    expect(connection.calls).toEqual(['attach', 'pause'])
    filter.prev.resume()
    expect(connection.calls).toEqual(['attach', 'pause', 'resume'])
  })

  test.each(['flush', 'Data(x)', 'StreamEnd'])(
    'a filter that throws at %s costs its own connection only',
    async (word) => {
      const description: FilterDescription = {
        process: (event) => {
          if (showEvent(event) === word) throw new Error('defect')
        },
      }
      const [scene, other] = [new Scene(description), new Scene()]
      scene.connection.receive('x')
      scene.connection.receiveEnd()
      expect(scene.connection.calls).toContain('abort')
      expect(scene.log.messages('error')).toEqual(['Cannot run the callback of a filter in listen 8000: defect'])
      await scene.connection.closed
      expect(scene.closedCount).toBe(1)
      other.connection.receive('y')
      expect([other.connection.sent, other.connection.calls]).toEqual(['y', ['attach']])
    },
  )

  test('a filter that throws when it is closed leaves no session behind', () => {
    const scene = new Scene({
      close: () => {
        throw new Error('stuck')
      },
    })
    scene.connection.break()
    expect([scene.closedCount, scene.log.messages('error')]).toEqual([
      1,
      ['Cannot close a filter of listen 8000: stuck'],
    ])
  })

  // Issue 3: an answer that lasts until the connection ends would look whole to the client.
  test('abort resets a connection with an answer that has not left whole', () => {
    const owed = new Scene()
    inboundOf(owed).requestsInFlight = 1
    owed.output(new Data('half'))
    owed.session.abort()
    expect(owed.connection.calls).toEqual(['attach', 'abort'])
    const sending = new Scene()
    sending.output(new Data('a long answer'))
    sending.output(new StreamEnd())
    sending.session.abort()
    expect(sending.connection.calls).toEqual(['attach', 'end', 'abort'])
  })

  test('abort closes in good order when all has left', () => {
    const scene = new Scene()
    scene.output(new Data('answer'))
    scene.output(new StreamEnd())
    scene.connection.drain()
    scene.session.abort()
    expect(scene.connection.calls).toEqual(['attach', 'end', 'close'])
  })

  test('abort closes the connection at once', async () => {
    const scene = new Scene(SILENT)
    scene.session.abort()
    expect(scene.connection.calls).toEqual(['attach', 'close'])
    await scene.connection.closed
    expect([scene.input.at(-1), scene.closedCount]).toEqual(['StreamEnd(CLIENT_ABORTED)', 1])
  })
})

describe('InboundSession.isIdle', () => {
  const moves: [string, (scene: Scene) => void][] = [
    ['comes', ({ connection }) => connection.receive('x')],
    ['is written', (scene) => scene.output(new Data('x'))],
    ['has drained', ({ connection }) => connection.drain()],
  ]

  test.each(moves)('holds when nothing has moved for the time since something %s', (_, move) => {
    const scene = new Scene(SILENT)
    scene.transport.advance(IDLE_MS - TICK_MS)
    move(scene)
    scene.transport.advance(IDLE_MS - 1)
    expect(scene.session.isIdle(IDLE_MS)).toBe(false)
    scene.transport.advance(2 * TICK_MS)
    expect(scene.session.isIdle(IDLE_MS)).toBe(true)
  })

  test('does not hold while a request is under way, except when it is the client that does not read', () => {
    const scene = new Scene(SILENT)
    const inbound = scene.filter.live.context.__inbound as InboundConnection
    inbound.requestsInFlight = 1
    scene.transport.advance(10 * IDLE_MS)
    expect(scene.session.isIdle(IDLE_MS)).toBe(false)
    scene.connection.isFull = true
    scene.output(new Data('x'))
    scene.transport.advance(2 * IDLE_MS)
    expect(scene.session.isIdle(IDLE_MS)).toBe(true)
  })

  test('never holds for the time 0', () => {
    const scene = new Scene(SILENT)
    scene.transport.advance(1_000_000)
    expect(scene.session.isIdle(0)).toBe(false)
  })
})

describe('InboundSession.hasLingered', () => {
  const lingered = ({ session }: Scene): boolean => session.hasLingered(LIMITS.lingerTimeoutMs)

  /** A session whose pipeline wants no more input when it has answered, as that of demuxHTTP. */
  const createScene = (): Scene => {
    const scene = new Scene(SILENT)
    inboundOf(scene).isInputUnwanted = true
    return scene
  }

  test('holds when the client has not closed for the time since everything was sent, whatever it sends', () => {
    const scene = createScene()
    scene.output(new Data('answer'))
    scene.output(new StreamEnd())
    scene.connection.drain()
    for (let i = 0; i < 3; i++) {
      scene.transport.advance(TICK_MS)
      scene.connection.receive('more')
    }
    scene.transport.advance(TICK_MS - 1)
    expect(lingered(scene)).toBe(false)
    scene.transport.advance(2 * TICK_MS)
    expect(lingered(scene)).toBe(true)
  })

  test('does not hold where the input still goes somewhere', () => {
    const scene = createScene()
    inboundOf(scene).isInputUnwanted = false
    scene.output(new StreamEnd())
    scene.connection.drain()
    scene.transport.advance(10 * LIMITS.lingerTimeoutMs)
    expect(lingered(scene)).toBe(false)
  })

  test('does not hold before the output is over', () => {
    const scene = createScene()
    scene.output(new Data('answer'))
    scene.connection.drain()
    scene.transport.advance(1_000_000)
    expect(lingered(scene)).toBe(false)
  })

  test('does not hold while a slow client still reads what was sent', () => {
    const scene = createScene()
    scene.connection.isFull = true
    scene.output(new Data('a long answer'))
    scene.output(new StreamEnd())
    scene.transport.advance(10 * LIMITS.lingerTimeoutMs)
    expect(lingered(scene)).toBe(false)
    scene.connection.drain()
    scene.transport.advance(LIMITS.lingerTimeoutMs + 2 * TICK_MS)
    expect(lingered(scene)).toBe(true)
  })
})
