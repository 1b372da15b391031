import type { Head, HeadSource, MessageStart } from '../events.ts'

/** Whoever is owed the answer to a request: the way on which interim answers go back, past all filters. */
export interface RequestOrigin {
  /** Sends an interim answer (100 to 199 but not 101) ahead of the answer. */
  sendInterim(event: MessageStart): void
  /** Somebody further on sees to `Expect: 100-continue`; otherwise the origin does. */
  takeExpectation(): void
}

/** What is known of the head of a message that came from outside, whether it came as bytes or by fetch. */
export abstract class MessageHead implements HeadSource {
  /** Who is owed the answer, of a request that demuxHTTP has taken. */
  origin: RequestOrigin | undefined = undefined

  abstract readonly isRequest: boolean
  /** Of HTTP/1: 0 or 1. */
  abstract readonly minorVersion: number
  /** Of a request; empty for answers. */
  abstract readonly method: string
  /** The path with its query; `*` for the server as a whole. */
  abstract readonly path: string
  /** The host that a request is for; undefined when it names none. */
  abstract readonly host: string | undefined
  /** Of an answer; 0 for requests. */
  abstract readonly status: number
  /** -1 when the head names none. */
  abstract readonly contentLength: number
  /** Whether the body tells its end by itself. */
  abstract readonly isChunked: boolean
  /** The length that the head tells no longer holds: a filter changes the body. */
  abstract readonly hasUnknownLength: boolean
  /** Whether the sender's connection stays open after this message (RFC 9112 9.3). */
  abstract readonly isPersistent: boolean
  /** What Keep-Alive says about the sender's connection; empty without one. */
  abstract readonly keepAlive: string
  /** A request with `Expect: 100-continue` (RFC 9110 10.1.1). */
  abstract readonly expectsContinue: boolean
  /** Whether the sender takes trailers (RFC 9110 10.1.4). */
  abstract readonly acceptsTrailers: boolean
  /** The protocols that a request asks to switch to, or the one that an answer with 101 switches to; empty otherwise. */
  abstract readonly upgrade: string
  /** Whether it came with fields that say for whom it is forwarded. */
  abstract readonly hasForwardedLines: boolean

  /** A request that asks for a tunnel to its target (RFC 9110 9.3.6). */
  get isConnect(): boolean {
    return this.method === 'CONNECT'
  }

  /** Whether a connection may speak another protocol behind this request. */
  get mayTunnel(): boolean {
    return this.isConnect || this.upgrade !== ''
  }

  /**
   * Whether the body goes its way from source to destination without being seen here, which only the two of them agree
   * on: how far it has come is not known then.
   */
  get isBodyPassed(): boolean {
    return false
  }

  /** The body is to be seen here. */
  keepBody(): void {}

  /** The value of a field by its lower-case name; several lines joined with commas. */
  abstract field(name: string): string | undefined
  abstract toHead(): Head
  /** Whether a head object that `toHead` gave still says what came. */
  abstract isUnchanged(head: Head): boolean
  abstract withUnknownLength(): MessageHead
  /**
   * The same head with other lines about whom it is forwarded for.
   * @param isDropped tells of each such field that came, by its lower-case name, whether it is left out
   * @param added lines to add, each with its line break
   */
  abstract withForwarded(isDropped: (name: string) => boolean, added: string): MessageHead
}
