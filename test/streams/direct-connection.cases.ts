import { beforeEach, describe, expect, test } from 'vitest'
import type { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import type { ConnectionHandler, DirectConnection } from '../../src/transport.ts'

/** Both ends of a new connection, neither of them attached. */
export interface ConnectedPair {
  readonly near: DirectConnection
  readonly far: DirectConnection
  /** Waits until nothing happens any more. */
  settle(): Promise<void>
}

/** More than any implementation takes in for a peer that does not read. */
const FLOOD_BYTES = 4 * 1024 * 1024
const CHUNK_BYTES = 32 * 1024

/** The user of one end: writes down what it is told, and checks what every connection promises of its calls. */
class CheckingHandler implements ConnectionHandler {
  readonly direct: DirectConnection
  /** `data`, `end`, `drain` and `close`, in order. */
  readonly calls: string[] = []
  text = ''
  error: ProxyError | undefined
  /** What no call could be answered with, since nobody out there catches it. */
  readonly complaints: string[] = []
  onText: (text: string) => void = () => undefined
  #inside: string | undefined
  #isPaused = false

  constructor(direct: DirectConnection) {
    this.direct = direct
    this.inside('attach', () => direct.attach(this))
  }

  onData(data: Data): void {
    this.#told('data')
    if (this.#isPaused) this.complaints.push('data came after pause')
    const text = data.toString('latin1') ?? ''
    this.text += text
    this.onText(text)
  }

  onEnd(): void {
    this.#told('end')
  }

  onDrain(): void {
    this.#told('drain')
  }

  onClose(error?: ProxyError): void {
    this.#told('close')
    this.error = error
  }

  write(content: string | Data): boolean {
    const data = typeof content === 'string' ? new Data(content) : content
    return this.inside('write', () => this.direct.write(data))
  }

  end(): void {
    this.inside('end', () => this.direct.end())
  }

  close(): void {
    this.inside('close', () => this.direct.close())
  }

  abort(): void {
    this.inside('abort', () => this.direct.abort())
  }

  pause(): void {
    this.inside('pause', () => this.direct.pause())
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.inside('resume', () => this.direct.resume())
  }

  /** Writes until it is told to stop. @returns how many bytes that took */
  flood(): number {
    const chunk = Data.latin1('x'.repeat(CHUNK_BYTES))
    let bytes = CHUNK_BYTES
    while (this.write(chunk.slice(0, CHUNK_BYTES)) && bytes < FLOOD_BYTES) bytes += CHUNK_BYTES
    return bytes
  }

  count(call: string): number {
    return this.calls.filter((other) => other === call).length
  }

  inside<T>(call: string, action: () => T): T {
    const outer = this.#inside
    this.#inside = call
    try {
      return action()
    } finally {
      this.#inside = outer
    }
  }

  #told(call: string): void {
    if (this.#inside !== undefined) this.complaints.push(`on ${call} inside ${this.#inside}`)
    if (this.calls.includes('close')) this.complaints.push(`on ${call} after close`)
    this.calls.push(call)
  }
}

/** What every DirectConnection promises; one line in the test of each implementation. */
export function directConnectionCases(name: string, connect: () => Promise<ConnectedPair> | ConnectedPair): void {
  describe(`DirectConnection of ${name}`, () => {
    let near: CheckingHandler
    let far: CheckingHandler
    let settle: () => Promise<void>

    beforeEach(async () => {
      const pair = await connect()
      near = new CheckingHandler(pair.near)
      far = new CheckingHandler(pair.far)
      settle = () => pair.settle()
    })

    /** Lets everything happen, and checks that both ends were told nothing at a wrong time. */
    const settled = async (): Promise<void> => {
      await settle()
      expect([near.complaints, far.complaints]).toEqual([[], []])
    }

    test('carries text and bytes both ways, in order', async () => {
      near.write(Data.latin1('one '))
      near.write(new Data('two '))
      near.write('three')
      far.write('back')
      await settled()
      expect([far.text, near.text]).toEqual(['one two three', 'back'])
    })

    test('is done with borrowed bytes when write returns', async () => {
      for (const text of ['small', 'y'.repeat(50_000)]) {
        const buffer = new TextEncoder().encode(`<${text}>`)
        near.write(Data.view(buffer, 1, buffer.length - 1, 'call'))
        buffer.fill(0)
      }
      await settled()
      expect(far.text).toBe(`small${'y'.repeat(50_000)}`)
    })

    test('sends nothing for a flush', async () => {
      expect(near.write(new Data())).toBe(true)
      await settled()
      expect(far.calls).toEqual([])
    })

    test('tells nothing while it is paused, and everything after', async () => {
      far.pause()
      near.write('one')
      near.end()
      await settled()
      expect([far.text, far.calls]).toEqual(['', []])
      far.resume()
      await settled()
      expect([far.text, far.count('end')]).toEqual(['one', 1])
    })

    test('stops where it is paused inside onData', async () => {
      far.onText = () => far.pause()
      near.write('one')
      await settled()
      near.write('two')
      await settled()
      expect(far.text).toBe('one')
      far.resume()
      await settled()
      expect(far.text).toBe('onetwo')
    })

    test('stays paused when it is resumed and paused again in one turn', async () => {
      far.pause()
      near.write('one')
      await settled()
      far.resume()
      far.pause()
      await settled()
      expect(far.text).toBe('')
      far.resume()
      await settled()
      expect(far.text).toBe('one')
    })

    test('says that it is full, and drains once when the peer has read', async () => {
      far.pause()
      await settled()
      const bytes = near.flood()
      expect(bytes).toBeLessThan(FLOOD_BYTES)
      expect(near.write('more')).toBe(false)
      await settled()
      expect(near.count('drain')).toBe(0)
      far.resume()
      await settled()
      expect([far.text.length, near.count('drain')]).toEqual([bytes + 4, 1])
      expect(near.write('again')).toBe(true)
      await settled()
      expect(far.text.slice(-9)).toBe('moreagain')
    })

    test('end sends what is queued first, and says when that is on its way', async () => {
      const bytes = near.flood()
      near.end()
      await settled()
      expect([far.text.length, far.count('end'), near.calls.at(-1)]).toEqual([bytes, 1, 'drain'])
    })

    test('reads on after end', async () => {
      near.write('question')
      near.end()
      await settled()
      expect([far.text, far.calls.at(-1)]).toEqual(['question', 'end'])
      far.write('answer')
      await settled()
      expect([near.text, near.count('close'), far.count('close')]).toEqual(['answer', 0, 0])
      far.end()
      await settled()
      expect([near.calls.slice(-2), far.calls.at(-1)]).toEqual([['end', 'close'], 'close'])
      expect([near.error, far.error]).toEqual([undefined, undefined])
    })

    test('closes once when both ends end at once', async () => {
      near.end()
      far.end()
      near.end()
      await settled()
      for (const end of [near, far])
        expect([end.count('end'), end.count('close'), end.calls.at(-1)]).toEqual([1, 1, 'close'])
    })

    test('drops what is written after end', async () => {
      near.write('one')
      near.end()
      expect(near.write('two')).toBe(true)
      await settled()
      expect(far.text).toBe('one')
    })

    test('close ends both directions, once, without an error', async () => {
      near.close()
      near.close()
      near.abort()
      expect(near.write('lost')).toBe(true)
      near.end()
      await settled()
      expect([near.calls, near.error]).toEqual([['close'], undefined])
      far.write('also lost')
      await settled()
      expect([near.text, far.text]).toEqual(['', ''])
      expect(far.calls.some((call) => call === 'end' || call === 'close')).toBe(true)
    })

    test('close wakes nobody who is paused with what had come before', async () => {
      far.pause()
      near.write('unread')
      await settled()
      far.close()
      await settled()
      expect([far.text, far.calls]).toEqual(['', ['close']])
    })

    test('abort shows the peer that this was no orderly end', async () => {
      near.write('half')
      await settled()
      near.abort()
      await settled()
      expect([far.text, far.count('end'), far.calls.at(-1)]).toEqual(['half', 0, 'close'])
      expect(far.error).toMatchObject({ name: 'ProxyError' })
      expect([near.count('close'), near.calls.at(-1)]).toEqual([1, 'close'])
    })

    test('abort reaches a peer that is paused', async () => {
      far.pause()
      near.abort()
      await settled()
      expect(far.calls).toEqual(['close'])
    })

    test('may be closed inside onData', async () => {
      far.onText = () => far.close()
      near.write('one')
      near.write('two')
      await settled()
      expect(far.calls.at(-1)).toBe('close')
      expect(far.count('close')).toBe(1)
    })

    test('carries an echo of everything back, whatever the sizes', async () => {
      far.onText = (text) => void far.write(text)
      let expected = ''
      for (const size of [1, 0, 5000, 3, 16_384, 70_000, 2]) {
        const text = String(size % 10).repeat(size)
        near.write(text)
        expected += text
      }
      await settled()
      expect(near.text).toBe(expected)
    })
  })
}
