import type { SampleMessage } from '../sample-messages.ts'

/** Takes what is written to the connection: text that is ISO 8859-1, or bytes. */
export type Write = (content: string | Uint8Array) => void

/** A library that writes HTTP/1 messages. */
export interface TestedEncoder {
  readonly title: string
  /** @returns what writes the message once */
  open(message: SampleMessage, write: Write): () => void
}
