import type { DecodedHead, DecodedMessage } from './decoded-message.ts'

/** Whom a decoder tells what it reads. `Head` is whatever the decoder makes of a head. */
export interface MessageReceiver<Head> {
  onHead(head: Head): void
  /** A part of the body, valid during the call. */
  onBody(bytes: Uint8Array, start: number, end: number): void
  onEnd(): void
}

/** A library that reads HTTP/1 messages. */
export interface TestedDecoder<Head> {
  readonly title: string
  /** @returns what takes the bytes of the connection; it throws when they are no HTTP */
  open(isRequest: boolean, receiver: MessageReceiver<Head>): (bytes: Buffer) => void
  describe(head: Head): DecodedHead
}

/** Counts what it is told, for what is timed. */
export class MessageCounter implements MessageReceiver<unknown> {
  lastHead: unknown
  bodyBytes = 0
  count = 0

  onHead(head: unknown): void {
    this.lastHead = head
  }

  onBody(_bytes: Uint8Array, start: number, end: number): void {
    this.bodyBytes += end - start
  }

  onEnd(): void {
    this.count++
  }
}

/** Reads bytes and gives the messages in them. @throws Error when the last one is not whole */
export function readMessages<Head>(
  decoder: TestedDecoder<Head>,
  isRequest: boolean,
  pieces: readonly Buffer[],
): DecodedMessage[] {
  const messages: DecodedMessage[] = []
  let head: DecodedHead | undefined
  let body = ''
  const decode = decoder.open(isRequest, {
    onHead: (given) => {
      head = decoder.describe(given)
      body = ''
    },
    onBody: (bytes, start, end) => {
      body += Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
    },
    onEnd: () => {
      if (head !== undefined) messages.push({ ...head, body })
      head = undefined
    },
  })
  for (const piece of pieces) decode(piece)
  if (head !== undefined) throw new Error(`Cannot compare ${decoder.title}: its last message has no end`)
  return messages
}
