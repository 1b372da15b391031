import { createRequire } from 'node:module'
import { toText } from '../../http/bytes.ts'
import type { ReadMessage, ReadOptions, Reader, Reading } from '../reading.ts'

/** What is used here of WebAssembly, which the types of Node leave out. */
interface WebAssemblyOfNode {
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

/** What undici's build of llhttp exports, as far as it is used here. */
interface Llhttp {
  readonly memory: { readonly buffer: ArrayBuffer }
  _initialize(): void
  malloc(size: number): number
  free(pointer: number): void
  llhttp_alloc(type: number): number
  llhttp_free(parser: number): void
  llhttp_execute(parser: number, bytes: number, size: number): number
  llhttp_finish(parser: number): number
  llhttp_get_method(parser: number): number
  llhttp_method_name(method: number): number
  llhttp_get_error_pos(parser: number): number
  llhttp_get_error_reason(parser: number): number
  llhttp_errno_name(code: number): number
  llhttp_resume_after_upgrade(parser: number): void
}

const REQUEST = 1
const RESPONSE = 2
const PAUSED_UPGRADE = 22
const SKIP_BODY = 1

/** The message that is being read. llhttp calls back inside `llhttp_execute` only, for one parser at a time. */
class Collector {
  readonly messages: ReadMessage[] = []
  readonly #isRequest: boolean
  readonly #requestMethod: string
  #target = ''
  #status = 0
  #method = ''
  #fields: [string, string][] = []
  #isInValue = true
  #isInTrailers = false
  #body = ''

  constructor(isRequest: boolean, requestMethod: string) {
    this.#isRequest = isRequest
    this.#requestMethod = requestMethod
  }

  begin(): number {
    this.#target = ''
    this.#fields = []
    this.#isInValue = true
    this.#isInTrailers = false
    this.#body = ''
    return 0
  }

  target(text: string): number {
    this.#target += text
    return 0
  }

  field(text: string): number {
    if (this.#isInTrailers) return 0
    if (this.#isInValue) this.#fields.push(['', ''])
    this.#isInValue = false
    this.#last[0] += text.toLowerCase()
    return 0
  }

  value(text: string): number {
    if (this.#isInTrailers) return 0
    this.#isInValue = true
    this.#last[1] += text
    return 0
  }

  endHead(status: number, method: string): number {
    this.#isInTrailers = true
    this.#status = status
    this.#method = method
    return !this.#isRequest && this.#requestMethod === 'HEAD' ? SKIP_BODY : 0
  }

  body(text: string): number {
    this.#body += text
    return 0
  }

  end(): number {
    const fields = this.#fields.map(([name, value]) => [name, value.replace(/[ \t]+$/, '')] as const)
    const start = this.#isRequest ? `${this.#method} ${this.#target}` : String(this.#status)
    this.messages.push({ start, fields, body: this.#body })
    return 0
  }

  get #last(): [string, string] {
    return this.#fields.at(-1) as [string, string]
  }
}

let collector = new Collector(true, '')
const llhttp = load()

/** Reads by llhttp, as undici ships it, with none of its leniencies switched on. */
export const llhttpReader: Reader = {
  name: 'llhttp',

  read(bytes: Uint8Array, { isRequest, requestMethod, ends }: ReadOptions): Reading {
    collector = new Collector(isRequest, requestMethod)
    const parser = llhttp.llhttp_alloc(isRequest ? REQUEST : RESPONSE)
    const pointer = llhttp.malloc(bytes.length + 1)
    new Uint8Array(llhttp.memory.buffer).set(bytes, pointer)
    let code = execute(parser, pointer, bytes.length)
    if (code === 0 && ends) code = llhttp.llhttp_finish(parser)
    const reason = code === 0 ? '' : cString(llhttp.llhttp_get_error_reason(parser))
    const refusal = code === 0 ? undefined : `${cString(llhttp.llhttp_errno_name(code))}: ${reason}`
    llhttp.free(pointer)
    llhttp.llhttp_free(parser)
    return { messages: collector.messages, refusal }
  },
}

/** It stops behind a request to upgrade, whose client may have sent something else there: here it goes on with HTTP. */
function execute(parser: number, start: number, size: number): number {
  let position = start
  let code = llhttp.llhttp_execute(parser, position, size)
  while (code === PAUSED_UPGRADE) {
    position = llhttp.llhttp_get_error_pos(parser)
    llhttp.llhttp_resume_after_upgrade(parser)
    code = llhttp.llhttp_execute(parser, position, start + size - position)
  }
  return code
}

function load(): Llhttp {
  const code = createRequire(import.meta.url)('undici/lib/llhttp/llhttp-wasm.js') as Uint8Array
  const text = (at: number, size: number): string => toText(new Uint8Array(llhttp.memory.buffer, at, size))
  const env = {
    wasm_on_message_begin: () => collector.begin(),
    wasm_on_url: (_: number, at: number, size: number) => collector.target(text(at, size)),
    wasm_on_status: () => 0,
    wasm_on_header_field: (_: number, at: number, size: number) => collector.field(text(at, size)),
    wasm_on_header_value: (_: number, at: number, size: number) => collector.value(text(at, size)),
    wasm_on_headers_complete: (parser: number, status: number) =>
      collector.endHead(status, cString(llhttp.llhttp_method_name(llhttp.llhttp_get_method(parser)))),
    wasm_on_body: (_: number, at: number, size: number) => collector.body(text(at, size)),
    wasm_on_message_complete: () => collector.end(),
  }
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyOfNode }).WebAssembly
  const exports = new Instance(new Module(code), { env }).exports as Llhttp
  exports._initialize()
  return exports
}

function cString(pointer: number): string {
  const memory = new Uint8Array(llhttp.memory.buffer)
  let end = pointer
  while (end < memory.length && memory[end] !== 0) end++
  return toText(memory.subarray(pointer, end))
}
