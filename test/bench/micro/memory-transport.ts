import { Data } from '../../../src/events.ts'
import type {
  Address,
  Connection,
  ConnectionHandler,
  DirectConnection,
  Listener,
  Transport,
} from '../../../src/transport.ts'
import { FULL_CAPABILITIES } from '../../support/full-capabilities.ts'

const INFO = { remoteAddress: '127.0.0.1', remotePort: 1, localAddress: '127.0.0.1', localPort: 2 }

/** A connection without a network: what is written is counted, what is received is told by whoever plays the peer. */
export class MemoryConnection implements DirectConnection {
  handler: ConnectionHandler | undefined
  writtenBytes = 0
  /** Whatever is written, for whoever wants to see it. @default nobody does */
  written: Buffer[] | undefined

  attach(handler: ConnectionHandler): void {
    this.handler = handler
  }

  write(data: Data): boolean {
    this.writtenBytes += data.size
    this.written?.push(Buffer.from(data.bytes))
    return true
  }

  end(): void {}
  close(): void {}
  abort(): void {}
  pause(): void {}
  resume(): void {}

  /** The peer sends bytes. */
  receive(bytes: Uint8Array): void {
    this.handler?.onData(Data.view(bytes, 0, bytes.length, 'call'))
  }
}

/** A transport whose peers are played by the benchmark: all of the proxy's work, none of the kernel's. */
export class MemoryTransport implements Transport {
  readonly name = 'memory'
  readonly capabilities = FULL_CAPABILITIES
  readonly decodeLatin1: (bytes: Uint8Array, start: number, end: number) => string
  /** The upstream connections, in the order in which they were opened. */
  readonly upstreams: MemoryConnection[] = []
  #accept: ((connection: Connection) => void) | undefined

  constructor(decodeLatin1: (bytes: Uint8Array, start: number, end: number) => string) {
    this.decodeLatin1 = decodeLatin1
  }

  connect(): Connection {
    const direct = new MemoryConnection()
    this.upstreams.push(direct)
    return toConnection(direct)
  }

  async listen(address: Address, _options: unknown, accept: (connection: Connection) => void): Promise<Listener> {
    this.#accept = accept
    return { address, close: async () => undefined }
  }

  /** A client connects. */
  openClient(): MemoryConnection {
    const direct = new MemoryConnection()
    this.#accept?.(toConnection(direct))
    return direct
  }

  now(): number {
    return performance.now()
  }

  setTimer(callback: () => void, delayMs: number): { cancel(): void } {
    const timeout = setTimeout(callback, delayMs).unref()
    return { cancel: () => clearTimeout(timeout) }
  }

  random(): number {
    return Math.random()
  }
}

function toConnection(direct: DirectConnection): Connection {
  return {
    direct,
    info: INFO,
    closed: new Promise(() => undefined),
    get readable(): never {
      throw new Error('The engine takes the direct path')
    },
    get writable(): never {
      throw new Error('The engine takes the direct path')
    },
  }
}
