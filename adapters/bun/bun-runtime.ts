/**
 * What this adapter uses of Bun, declared by hand, so that nobody has to install its types.
 * https://bun.com/docs/runtime/networking/tcp
 */

/** What Bun calls, for all sockets that share it; the state of each is in `socket.data`. */
export interface BunSocketHandler<T> {
  open?(socket: BunSocket<T>): void
  /** The bytes are a copy of their own. */
  data(socket: BunSocket<T>, bytes: Uint8Array): void
  /** The system takes bytes again. */
  drain(socket: BunSocket<T>): void
  /** The peer will send no more. */
  end(socket: BunSocket<T>): void
  close(socket: BunSocket<T>, error?: Error): void
  /** What a handler threw. */
  error(socket: BunSocket<T>, error: Error): void
  connectError?(socket: BunSocket<T>, error: Error): void
}

export interface BunSocket<T> {
  data: T
  readonly remoteAddress?: string
  readonly remotePort?: number
  readonly localAddress?: string
  readonly localPort?: number
  /** @returns how many bytes the system took; negative when the socket is closed */
  write(bytes: Uint8Array, start: number, size: number): number
  /** Tells the peer that nothing more comes; reading goes on where half-open sockets are allowed. */
  shutdown(): void
  /** Closes both directions. */
  close(): void
  /** Closes it so that the peer is told of a reset. */
  terminate(): void
  pause(): void
  resume(): void
  setNoDelay(isOn: boolean): boolean
  setKeepAlive(isOn: boolean, delayMs: number): boolean
}

export interface BunListener {
  readonly port: number
  /** @param closesConnections the accepted ones as well */
  stop(closesConnections: boolean): void
}

interface BunGlobal {
  readonly version: string
  connect<T>(options: {
    readonly hostname: string
    readonly port: number
    readonly allowHalfOpen: boolean
    readonly data: T
    readonly socket: BunSocketHandler<T>
  }): Promise<BunSocket<T>>
  listen<T>(options: {
    readonly hostname: string
    readonly port: number
    readonly allowHalfOpen: boolean
    readonly socket: BunSocketHandler<T>
  }): BunListener
  plugin(plugin: {
    readonly name: string
    setup(build: {
      module(specifier: string, load: () => { readonly exports: object; readonly loader: 'object' }): void
    }): void
  }): void
}

interface BufferGlobal {
  readonly prototype: {
    latin1Slice(this: Uint8Array, start: number, end: number): string
    latin1Write(this: Uint8Array, text: string, start: number, size: number): number
  }
}

interface ProcessGlobal {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  cwd(): string
  exit(code: number): void
  on(name: string, listener: (value: unknown) => void): unknown
}

const globals = globalThis as unknown as {
  readonly Bun: BunGlobal
  readonly Buffer: BufferGlobal
  readonly process: ProcessGlobal
}

/** Bun's global objects. */
export const { Bun, Buffer, process } = globals
