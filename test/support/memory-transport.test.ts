import { describe, expect, test } from 'vitest'
import { Data } from '../../src/events.ts'
import type { Connection } from '../../src/transport.ts'
import { transportCases } from '../adapters/transport.cases.ts'
import { RecordingHandler } from '../adapters/recording-handler.ts'
import { MemoryTransport } from './memory-transport.ts'

transportCases('MemoryTransport with the direct path', () => new MemoryTransport())
transportCases('MemoryTransport with nothing but streams', () => new MemoryTransport({ hasOnlyStreams: true }), {
  guessesOpen: true,
})
transportCases('MemoryTransport with reads of random length', () => new MemoryTransport({ splitsReads: true, seed: 7 }))

const CONNECT = { connectTimeoutMs: 1000, keepAlive: true, noDelay: true }
const LISTEN = { keepAlive: true, noDelay: true, onError: (error: Error) => Promise.reject(error) }

describe('MemoryTransport', () => {
  test('fires timers in the order of their times as the clock is advanced', async () => {
    const transport = new MemoryTransport()
    const fired: string[] = []
    transport.setTimer(() => fired.push(`late ${transport.now()}`), 20)
    transport.setTimer(() => fired.push(`early ${transport.now()}`), 10)
    transport.setTimer(() => fired.push('never'), 15).cancel()
    transport.setTimer(() => fired.push('later'), 50)
    await transport.advance(30)
    expect(fired).toEqual(['early 10', 'late 20'])
    expect([transport.now(), transport.timerCount]).toEqual([30, 1])
  })

  test('gives the same random numbers for the same seed', () => {
    const numbers = (seed: number): number[] => {
      const transport = new MemoryTransport({ seed })
      return [transport.random(), transport.random(), transport.random()]
    }
    expect(numbers(3)).toEqual(numbers(3))
    expect(numbers(3)).not.toEqual(numbers(4))
  })

  test('does not resolve an unknown host, and gives up on a silent one after the time-out', async () => {
    const transport = new MemoryTransport()
    transport.unknownHosts.add('nowhere.test')
    transport.silentHosts.add('10.0.0.1')
    const unknown = new RecordingHandler(transport.connect({ host: 'nowhere.test', port: 80 }, CONNECT))
    const silent = new RecordingHandler(transport.connect({ host: '10.0.0.1', port: 80 }, CONNECT))
    await transport.settle()
    expect([unknown.error?.code, silent.calls]).toEqual(['CANNOT_RESOLVE', []])
    await transport.advance(1000)
    expect(silent.error?.code).toBe('CONNECT_TIMEOUT')
  })

  test('takes lent bytes back when the call returns, or at resume if the reader paused', async () => {
    const transport = new MemoryTransport()
    const kept: Data[] = []
    const listener = await transport.listen({ host: '127.0.0.1', port: 0 }, LISTEN, ({ direct }) => {
      direct?.attach({
        onData: (data) => {
          kept.push(data)
          direct.pause()
        },
        onEnd: () => undefined,
        onDrain: () => undefined,
        onClose: () => undefined,
      })
    })
    const client = new RecordingHandler(transport.connect(listener.address, CONNECT))
    client.direct.write(new Data('abc'))
    await transport.settle()
    expect([kept[0]?.lifetime, kept[0]?.toString('latin1')]).toEqual(['pause', 'abc'])
    transport.pairs[0]?.server.resume()
    expect(kept[0]?.toString('hex')).toBe('dddddd')
    client.direct.write(new Data('abc'))
    await transport.settle()
    expect([kept[1]?.lifetime, kept[1]?.toString('hex')]).toEqual(['call', 'dddddd'])
  })

  test('tells whoever attaches to a connection that is closed already', async () => {
    const transport = new MemoryTransport()
    const accepted: Connection[] = []
    const listener = await transport.listen({ host: '127.0.0.1', port: 0 }, LISTEN, (connection) => {
      accepted.push(connection)
    })
    const client = new RecordingHandler(transport.connect(listener.address, CONNECT))
    await transport.settle()
    client.direct.abort()
    await transport.settle()
    const late = new RecordingHandler(accepted[0] as Connection)
    await transport.settle()
    expect(late.error?.code).toBe('CONNECTION_RESET')
  })
})
