/** Reads a body piece by piece: what the default reader of a stream has of it (WHATWG Streams, ReadableStreamDefaultReader). */
export interface BodyReader {
  /** The next piece, which is the reader's own no more; rejects when the body breaks off. */
  read(): Promise<ReadableStreamReadResult<Uint8Array>>
  /** The rest is not wanted. */
  cancel(reason?: unknown): Promise<void>
}

/** Begins to read a body. */
export type OpenBody = (body: ReadableStream<Uint8Array>) => BodyReader
