import * as nodeNet from 'node:net'

/** What this adapter uses of a socket of node:net. */
export interface TcpSocket {
  readonly connecting: boolean
  readonly destroyed: boolean
  readonly remoteAddress?: string
  readonly remotePort?: number
  readonly localAddress?: string
  readonly localPort?: number
  on(name: 'data', listener: (bytes: Uint8Array) => void): this
  on(name: 'connect' | 'end' | 'drain' | 'close', listener: () => void): this
  on(name: 'error', listener: (error: Error) => void): this
  /** @returns false when more waits than it should; then it tells 'drain' */
  write(bytes: Uint8Array): boolean
  write(text: string, encoding: 'latin1'): boolean
  end(onEnded: (error?: Error | null) => void): this
  pause(): this
  resume(): this
  destroy(error?: Error): this
  resetAndDestroy(): this
}

/** What this adapter uses of a server of node:net. */
export interface TcpServer {
  readonly listening: boolean
  address(): { readonly port: number }
  on(name: 'error', listener: (error: Error) => void): this
  listen(
    options: { readonly host?: string; readonly port: number; readonly backlog: number },
    onListening: () => void,
  ): this
  close(): this
}

/** What TCP connections are asked to be. */
interface TcpOptions {
  readonly allowHalfOpen: boolean
  readonly noDelay: boolean
  readonly keepAlive: boolean
  readonly keepAliveInitialDelay: number
}

/** Reads into one buffer in place of a new one each time: `socket` tells no 'data' then. */
export interface ReadInto {
  readonly buffer: Uint8Array
  /** @returns whether it reads on */
  readonly callback: (size: number) => boolean
}

interface NodeNet {
  connect(options: TcpOptions & { readonly host: string; readonly port: number; readonly onread: ReadInto }): TcpSocket
  createServer(
    options: TcpOptions & { readonly pauseOnConnect: boolean },
    accept: (socket: TcpSocket) => void,
  ): TcpServer
  readonly Socket: new () => TcpSocket
}

/** Deno's node:net. */
export const net = nodeNet as unknown as NodeNet
