import { describe, expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { HandledConnection } from '../../src/streams/handled-connection.ts'
import type { ConnectionHandler } from '../../src/transport.ts'

/** A connection whose socket is the test. */
class TestConnection extends HandledConnection {
  readonly asked: string[] = []
  readonly info = {
    remoteAddress: '',
    remotePort: 0,
    localAddress: '',
    localPort: 0,
    remember: () => void this.asked.push('remember'),
  }

  write(): boolean {
    return true
  }

  end(): void {}

  close(): void {
    this.letGo()
    this.asked.push('close')
  }

  abort(): void {}

  pause(): void {}

  resume(): void {}

  open(): void {
    this.announceOpen()
  }

  receive(text: string): void {
    this.tellData(new Data(text))
  }

  over(error?: ProxyError): void {
    if (error !== undefined) this.note(error)
    this.setClosed()
    this.letGo()
    this.announceClose()
  }

  protected override startReading(): void {
    this.asked.push('start reading')
  }

  protected override stopWriting(): void {
    this.asked.push('stop writing')
  }
}

class Told implements ConnectionHandler {
  readonly calls: string[] = []
  error: ProxyError | undefined

  onOpen(): void {
    this.calls.push('open')
  }

  onData(data: Data): void {
    const text = data.toString()
    this.calls.push(`data ${text}`)
    if (text === 'defect') throw new Error('defect')
  }

  onEnd(): void {
    this.calls.push('end')
  }

  onDrain(): void {
    this.calls.push('drain')
  }

  onClose(error?: ProxyError): void {
    this.calls.push('close')
    this.error = error
  }
}

describe('HandledConnection', () => {
  test('tells its handler what happens, in order', () => {
    const [connection, told] = [new TestConnection(), new Told()]
    connection.attach(told)
    connection.open()
    connection.receive('hello')
    connection.over()
    expect([told.calls, told.error]).toEqual([['open', 'data hello', 'close'], undefined])
    expect(connection.asked).toEqual(['start reading', 'remember', 'stop writing'])
  })

  test('tells a handler that comes later that the connection stood and is over, never inside attach', async () => {
    const [connection, told] = [new TestConnection(), new Told()]
    const reset = new ProxyError('CONNECTION_RESET', 'Cannot read')
    connection.open()
    connection.attach(told)
    expect(told.calls).toEqual([])
    await Promise.resolve()
    expect(told.calls).toEqual(['open'])
    const [early, late] = [new TestConnection(), new Told()]
    early.over(reset)
    early.attach(late)
    expect(late.calls).toEqual([])
    await Promise.resolve()
    expect([late.calls, late.error]).toEqual([['close'], reset])
  })

  test('tells nothing but the close when its user has closed it', () => {
    const [connection, told] = [new TestConnection(), new Told()]
    connection.attach(told)
    connection.close()
    connection.receive('too late')
    connection.over()
    connection.over()
    expect(told.calls).toEqual(['close'])
  })

  test('ends with the first reason', () => {
    const [connection, told] = [new TestConnection(), new Told()]
    const timeout = new ProxyError('CONNECT_TIMEOUT', 'Cannot connect')
    connection.attach(told)
    connection.fail(timeout)
    connection.over(new ProxyError('CONNECTION_RESET', 'Cannot read'))
    expect(told.error).toBe(timeout)
    expect(connection.asked).toContain('close')
  })

  test('is given up when its handler throws, which its close tells', () => {
    const [connection, told] = [new TestConnection(), new Told()]
    connection.attach(told)
    connection.receive('defect')
    connection.receive('more')
    connection.over()
    expect(told.calls).toEqual(['data defect', 'close'])
    expect(told.error).toMatchObject({
      code: 'CALLBACK_FAILED',
      message: 'Cannot use the connection any more: defect',
    })
  })
})
