/** A message as a reader of HTTP/1.1 understood it, whole. */
export interface ReadMessage {
  /** Method and target, or status. */
  readonly start: string
  /** Header lines: lower-case name, and value without white space around it. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** What a reader made of bytes. */
export interface Reading {
  /** Messages that came to their end, in order. */
  readonly messages: readonly ReadMessage[]
  /** Why it did not read on, in its own words; undefined when it would. */
  readonly refusal: string | undefined
}

/** What is read. */
export interface ReadOptions {
  readonly isRequest: boolean
  /** Of answers: the method of the request that they answer. */
  readonly requestMethod: string
  /** Whether the connection ends behind the bytes. */
  readonly ends: boolean
}

/** A parser of HTTP/1.1 that gives its reading at once. */
export interface Reader {
  readonly name: string
  read(bytes: Uint8Array, options: ReadOptions): Reading
}
