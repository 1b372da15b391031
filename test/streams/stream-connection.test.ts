import { describe, expect, test, vi } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { StreamConnection } from '../../src/streams/stream-connection.ts'
import type { ConnectionHandler } from '../../src/transport.ts'
import { settleStreams } from './web-stream-pair.ts'

interface SceneOptions {
  readonly isGated?: boolean
  readonly opened?: Promise<void>
  readonly givesUp?: boolean
  readonly readable?: Promise<ReadableStream<Uint8Array>>
}

/** The two streams of a connection, with what is behind them in the test's hands. */
class Scene implements ConnectionHandler {
  readonly info = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 }
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  readonly closed: Promise<void>
  /** What the streams were asked for. */
  readonly asked: string[] = []
  /** What the writable stream has taken. */
  written = ''
  /** What the handler was told. */
  readonly told: string[] = []
  error: ProxyError | undefined
  /** The handler throws when it is told this. */
  throwsAt: string | undefined
  /** Whether the writable stream takes what it is given. */
  readonly gate = Promise.withResolvers<void>()
  readonly end = Promise.withResolvers<void>()
  input!: ReadableStreamDefaultController<Uint8Array>
  output!: WritableStreamDefaultController
  readonly direct: StreamConnection

  /**
   * @param opened says whether the connection stands, in a runtime whose streams do not tell
   * @param givesUp the runtime has a way of its own to close it
   * @param readable what takes the place of the readable stream
   */
  constructor({ isGated = false, opened, givesUp = false, readable }: SceneOptions = {}) {
    if (!isGated) this.gate.resolve()
    this.closed = this.end.promise
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.input = controller
      },
      cancel: () => void this.asked.push('cancel'),
    })
    this.writable = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.output = controller
      },
      write: async (chunk) => {
        await this.gate.promise
        this.written += new TextDecoder().decode(chunk)
        this.asked.push(`write ${chunk.length}`)
      },
      close: () => void this.asked.push('close'),
      abort: () => void this.asked.push('abort'),
    })
    const { writable, closed, info } = this
    const giveUp = (): void => void this.asked.push('give up')
    const ends = { readable: readable ?? this.readable, writable, closed, info, ...(givesUp ? { giveUp } : {}) }
    this.direct = new StreamConnection(opened === undefined ? ends : { ...ends, opened })
  }

  onOpen(): void {
    this.#tell('open')
  }

  onData(data: Data): void {
    this.#tell(`data ${data.toString() ?? ''}`)
  }

  onEnd(): void {
    this.#tell('end')
  }

  onDrain(): void {
    this.#tell('drain')
  }

  onClose(error?: ProxyError): void {
    this.error = error
    this.#tell('close')
  }

  /** A handler that does not ask when the connection stands, as that of a client's connection. */
  get withoutOnOpen(): ConnectionHandler {
    return {
      onData: (data) => this.onData(data),
      onEnd: () => this.onEnd(),
      onDrain: () => this.onDrain(),
      onClose: (error) => this.onClose(error),
    }
  }

  receive(text: string): void {
    this.input.enqueue(new TextEncoder().encode(text))
  }

  #tell(call: string): void {
    this.told.push(call)
    if (call === this.throwsAt) throw new Error('defect')
  }
}

describe('StreamConnection', () => {
  test('says that the connection stands when the streams take something, without anything to write', async () => {
    const scene = new Scene({ isGated: true })
    scene.direct.attach(scene)
    await settleStreams()
    expect(scene.told).toEqual([])
    scene.gate.resolve()
    await settleStreams()
    expect([scene.told, scene.asked]).toEqual([['open'], ['write 0']])
  })

  test('says that the connection stands before the first bytes, once', async () => {
    const scene = new Scene({ isGated: true })
    scene.direct.attach(scene)
    scene.receive('hello')
    await settleStreams()
    scene.gate.resolve()
    scene.direct.write(new Data('x'))
    await settleStreams()
    expect(scene.told).toEqual(['open', 'data hello'])
  })

  test('sends nothing unasked when nobody wants to know', async () => {
    const scene = new Scene()
    scene.direct.attach(scene.withoutOnOpen)
    await settleStreams()
    expect([scene.told, scene.asked]).toEqual([[], []])
  })

  test('never says so of a connection that fails first, and tells its error', async () => {
    const scene = new Scene({ isGated: true })
    scene.direct.attach(scene)
    const refused = new ProxyError('CONNECTION_REFUSED', 'Cannot connect to "h:1": refused')
    scene.end.reject(refused)
    await settleStreams()
    expect([scene.told, scene.error]).toEqual([['close'], refused])
  })

  test('tells why the connection never stood, when the streams only know that it did not', async () => {
    const opened = Promise.withResolvers<void>()
    const scene = new Scene({ isGated: true, opened: opened.promise })
    scene.direct.attach(scene)
    scene.input.error(new TypeError('network connection lost'))
    await settleStreams()
    expect(scene.told).toEqual([])
    const refused = new ProxyError('CONNECTION_REFUSED', 'Cannot connect to "h:1": refused')
    opened.reject(refused)
    await settleStreams()
    expect([scene.told, scene.error]).toEqual([['close'], refused])
  })

  test('is full beyond 64 KiB that the stream has not taken, and has drained when all of it is', async () => {
    const scene = new Scene({ isGated: true })
    scene.direct.attach(scene.withoutOnOpen)
    expect(scene.direct.write(new Data(64 * 1024))).toBe(true)
    expect(scene.direct.write(new Data(1))).toBe(false)
    expect(scene.direct.write(new Data(1))).toBe(false)
    await settleStreams()
    expect(scene.told).toEqual([])
    scene.gate.resolve()
    await settleStreams()
    expect([scene.told, scene.asked]).toEqual([['drain'], ['write 65536', 'write 2']])
  })

  test('writes together what is small and comes in one turn', async () => {
    const scene = new Scene()
    scene.direct.attach(scene.withoutOnOpen)
    for (const text of ['head', 'body']) scene.direct.write(new Data(text))
    await settleStreams()
    scene.direct.write(new Data('more'))
    await settleStreams()
    expect([scene.asked, scene.written]).toEqual([['write 8', 'write 4'], 'headbodymore'])
  })

  test('ends behind all that was written', async () => {
    const scene = new Scene()
    scene.direct.attach(scene.withoutOnOpen)
    for (const text of ['one', 'two']) scene.direct.write(new Data(text))
    scene.direct.end()
    await settleStreams()
    expect([scene.asked, scene.written]).toEqual([['write 6', 'close'], 'onetwo'])
  })

  test('sends nothing of a turn that ended with its abort', async () => {
    const scene = new Scene()
    scene.direct.attach(scene.withoutOnOpen)
    await settleStreams()
    scene.direct.write(new Data('one'))
    scene.direct.abort()
    await settleStreams()
    expect([scene.asked, scene.told]).toEqual([['abort', 'cancel'], ['close']])
  })

  test('says that the connection stands when the runtime tells, and sends nothing to find out', async () => {
    const opened = Promise.withResolvers<void>()
    const scene = new Scene({ opened: opened.promise })
    scene.direct.attach(scene)
    await settleStreams()
    expect(scene.told).toEqual([])
    opened.resolve()
    await settleStreams()
    expect([scene.told, scene.asked]).toEqual([['open'], []])
  })

  test('reads a stream that comes later', async () => {
    const later = Promise.withResolvers<ReadableStream<Uint8Array>>()
    const scene = new Scene({ readable: later.promise, opened: later.promise.then(() => undefined) })
    scene.direct.attach(scene)
    scene.direct.write(new Data('question'))
    await settleStreams()
    expect([scene.told, scene.written]).toEqual([[], 'question'])
    later.resolve(new Response('answer').body as ReadableStream<Uint8Array>)
    await vi.waitFor(() => expect(scene.told).toEqual(['open', 'data answer', 'end']))
  })

  test('tells why a stream that was to come later never came', async () => {
    const refused = new ProxyError('CONNECT_FAILED', 'Cannot use the pool')
    const readable = Promise.reject(refused)
    const scene = new Scene({ readable, opened: readable.then(() => undefined), givesUp: true })
    scene.direct.attach(scene)
    await settleStreams()
    expect([scene.told, scene.error, scene.asked]).toEqual([['close'], refused, ['give up']])
  })

  test('tells the end of the input while its output goes on, and the close when both are over', async () => {
    const scene = new Scene()
    scene.direct.attach(scene.withoutOnOpen)
    scene.input.close()
    await settleStreams()
    scene.direct.write(new Data('x'))
    scene.direct.end()
    await settleStreams()
    expect([scene.told, scene.asked, scene.error]).toEqual([['end', 'drain', 'close'], ['write 1', 'close'], undefined])
  })

  test.each<[string, (scene: Scene, error: unknown) => void]>([
    ['its readable', (scene, error) => scene.input.error(error)],
    ['its writable', (scene, error) => scene.output.error(error)],
    ['its closed', (scene, error) => scene.end.reject(error)],
  ])('is over with the error of %s', async (_, fail) => {
    const error = new ProxyError('CONNECT_TIMEOUT', 'Cannot connect')
    const scene = new Scene()
    scene.direct.attach(scene.withoutOnOpen)
    fail(scene, error)
    await settleStreams()
    expect([scene.told, scene.error]).toEqual([['close'], error])
  })

  test('takes an error of the runtime for a reset connection', async () => {
    const scene = new Scene()
    scene.direct.attach(scene.withoutOnOpen)
    const cause = new TypeError('broken pipe')
    scene.input.error(cause)
    await settleStreams()
    expect(scene.error).toMatchObject({ code: 'CONNECTION_RESET', cause })
    expect(scene.error?.message).toBe('Cannot read or write the connection: broken pipe')
  })

  test('tells the close of a paused connection', async () => {
    const scene = new Scene()
    scene.direct.attach(scene.withoutOnOpen)
    scene.receive('unread')
    scene.direct.pause()
    await settleStreams()
    scene.end.reject(new ProxyError('CONNECTION_RESET', 'Cannot read'))
    await settleStreams()
    expect(scene.told).toEqual(['close'])
  })

  test.each(['open', 'data x', 'end', 'drain'])(
    'is over when its handler throws at %s, and nothing else is',
    async (call) => {
      const scene = new Scene()
      scene.throwsAt = call
      scene.direct.attach(scene)
      scene.direct.write(new Data(100_000))
      scene.receive('x')
      scene.input.close()
      await settleStreams()
      expect([scene.told.includes(call), scene.told.at(-1), scene.told.indexOf('close')]).toEqual([
        true,
        'close',
        scene.told.length - 1,
      ])
      expect(scene.error).toMatchObject({
        code: 'CALLBACK_FAILED',
        message: 'Cannot use the connection any more: defect',
      })
      expect(scene.asked).toContain('abort')
    },
  )

  test('close gives up both streams', async () => {
    const scene = new Scene()
    scene.direct.attach(scene.withoutOnOpen)
    scene.direct.close()
    await settleStreams()
    expect([scene.told, scene.asked.toSorted(), scene.error]).toEqual([['close'], ['abort', 'cancel'], undefined])
  })

  test('abort cuts the writable before it lets go of the readable', async () => {
    const scene = new Scene()
    scene.direct.attach(scene.withoutOnOpen)
    await settleStreams()
    scene.direct.abort()
    await settleStreams()
    expect([scene.told, scene.asked, scene.error?.code]).toEqual([['close'], ['abort', 'cancel'], 'CLOSED'])
  })

  test.each(['close', 'abort'] as const)(
    '%s leaves the streams alone where the runtime has its own way',
    async (end) => {
      const scene = new Scene({ givesUp: true })
      scene.direct.attach(scene.withoutOnOpen)
      scene.direct[end]()
      await settleStreams()
      expect([scene.told, scene.asked]).toEqual([['close'], ['give up']])
    },
  )
})
