import { createRequire } from 'node:module'
import { decodeLatin1 } from '../../../../adapters/node/latin1.ts'
import { toDecodedHead } from './decoded-message.ts'
import type { MessageReceiver, TestedDecoder } from './tested-decoder.ts'

/** What undici's build of llhttp exports, as far as it is used here. Numbers are addresses in its memory. */
interface Llhttp {
  readonly memory: { readonly buffer: ArrayBuffer }
  llhttp_alloc(type: number): number
  llhttp_execute(parser: number, bytes: number, count: number): number
  llhttp_get_method(parser: number): number
  malloc(count: number): number
}

interface LlhttpConstants {
  readonly TYPE: { readonly REQUEST: number; readonly RESPONSE: number }
  readonly METHODS: Readonly<Record<string, number>>
}

interface WasmHead {
  readonly isRequest: boolean
  readonly method: number
  readonly status: number
  /** The target of a request, the status text of an answer. */
  readonly text: string
  readonly namesAndValues: readonly string[]
}

/** The part of the global that is used here: the types of Node have none of its classes. */
interface WebAssemblyClasses {
  readonly Module: new (program: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

const BUFFER_BYTES = 64 * 1024
const require = createRequire(import.meta.url)
const { TYPE, METHODS } = require('undici/lib/llhttp/constants.js') as LlhttpConstants
const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyClasses }).WebAssembly
const PROGRAM = 'undici/lib/llhttp/llhttp_simd-wasm.js'

/** llhttp in WebAssembly, as undici and Node's fetch have it. Its bytes have to be in its own memory. */
export const wasmLlhttp: TestedDecoder<WasmHead> = {
  title: "undici's llhttp",
  open,
  describe: ({ isRequest, method, status, text, namesAndValues }) => {
    const first = isRequest ? Object.keys(METHODS).find((name) => METHODS[name] === method) : status
    return toDecodedHead([String(first), text], namesAndValues)
  },
}

function open(isRequest: boolean, receiver: MessageReceiver<WasmHead>): (bytes: Buffer) => void {
  let memory = Buffer.alloc(0)
  let text = ''
  let namesAndValues: string[] = []
  const read = (at: number, length: number): string => decodeLatin1(memory, at, at + length)
  // What is cut by the end of the bytes comes in several parts.
  const onStartLine = (_: number, at: number, length: number): number => {
    text += read(at, length)
    return 0
  }
  const onNameOrValue = (isValue: boolean, at: number, length: number): number => {
    const isFirstPart = namesAndValues.length % 2 === (isValue ? 1 : 0)
    if (isFirstPart) namesAndValues.push(read(at, length))
    else namesAndValues[namesAndValues.length - 1] += read(at, length)
    return 0
  }
  const instance = new Instance(new Module(require(PROGRAM) as Buffer), {
    env: {
      wasm_on_message_begin: () => {
        text = ''
        namesAndValues = []
        return 0
      },
      wasm_on_url: onStartLine,
      wasm_on_status: onStartLine,
      wasm_on_header_field: (_: number, at: number, length: number) => onNameOrValue(false, at, length),
      wasm_on_header_value: (_: number, at: number, length: number) => onNameOrValue(true, at, length),
      wasm_on_headers_complete: (_: number, status: number) => {
        const method = isRequest ? llhttp.llhttp_get_method(parser) : 0
        receiver.onHead({ isRequest, method, status, text, namesAndValues })
        return 0
      },
      wasm_on_body: (_: number, at: number, length: number) => {
        receiver.onBody(memory, at, at + length)
        return 0
      },
      wasm_on_message_complete: () => {
        receiver.onEnd()
        return 0
      },
    },
  })
  const llhttp = instance.exports as Llhttp
  const parser = llhttp.llhttp_alloc(isRequest ? TYPE.REQUEST : TYPE.RESPONSE)
  const input = llhttp.malloc(BUFFER_BYTES)
  memory = Buffer.from(llhttp.memory.buffer)
  return (bytes) => {
    if (bytes.length > BUFFER_BYTES) throw new Error(`Cannot parse ${bytes.length} bytes: at most ${BUFFER_BYTES}`)
    memory.set(bytes, input)
    const code = llhttp.llhttp_execute(parser, input, bytes.length)
    if (code !== 0) throw new Error(`Cannot parse bytes: llhttp says ${code}`)
  }
}
