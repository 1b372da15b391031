import { readFileSync } from 'node:fs'
import { http1 } from '../../../src/http/http1.ts'
import { compileFunction } from 'node:vm'
import { decodeLatin1 } from '../../../adapters/node/latin1.ts'
import { ProxyServer } from '../../../src/engine/proxy-server.ts'
import type { EvaluateScript } from '../../../src/script/evaluate-script.ts'
import { instantiateScript } from '../../../src/script/instantiate-script.ts'
import { rewriteScript } from '../../../src/script/rewrite-script.ts'
import { nativeLlhttp } from './codec/node-parsers.ts'
import { readMessages } from './codec/tested-decoder.ts'
import type { Contest, Contestant } from './contest.ts'
import { MemoryTransport } from './memory-transport.ts'
import { BROWSER_REQUEST, LENGTH_ANSWER, type SampleMessage, toWire } from './sample-messages.ts'

const SCRIPT = new URL('../../../examples/03-connection-pool/proxy.js', import.meta.url)
const SMALL_REQUEST: SampleMessage = {
  title: 'a GET with 1 field',
  isRequest: true,
  start: ['GET', '/small'],
  fields: [['Host', '127.0.0.1:8000']],
  pieces: [],
  isChunked: false,
}
const SMALL_ANSWER: SampleMessage = { ...LENGTH_ANSWER, pieces: [Buffer.from('0123456789abcdef')] }

/** A whole request through example 03, from the client's bytes to the answer's, without a network. */
export async function requestContest(): Promise<Contest> {
  return {
    title: 'Request and answer through example 03, without a network',
    contestants: [await contestant('1 field', SMALL_REQUEST), await contestant('7 fields', BROWSER_REQUEST)],
  }
}

async function contestant(title: string, request: SampleMessage): Promise<Contestant> {
  const transport = new MemoryTransport(decodeLatin1)
  const server = new ProxyServer(loadExample(), { transport, log: SILENT, http1 })
  await server.start()
  const client = transport.openClient()
  const requestBytes = toWire(request)
  const answerBytes = toWire(SMALL_ANSWER)
  const exchange = (): void => {
    client.receive(requestBytes)
    transport.upstreams[0]?.receive(answerBytes)
  }
  return {
    title,
    check: () => {
      client.written = []
      exchange()
      const answers = readMessages(nativeLlhttp, false, client.written)
      client.written = undefined
      return answers
    },
    run: (count) => {
      const before = client.writtenBytes
      for (let i = 0; i < count; i++) exchange()
      const bodyBytes = count * (SMALL_ANSWER.pieces[0]?.length ?? 0)
      const written = client.writtenBytes - before
      if (written <= bodyBytes) throw new Error(`Cannot time the proxy: it wrote ${written} bytes to ${count} requests`)
      return written
    },
  }
}

function loadExample() {
  const script = rewriteScript(readFileSync(SCRIPT, 'utf8'), { file: 'proxy.js' })
  const evaluate = compileFunction(script.code, [...script.parameterNames]) as EvaluateScript
  return instantiateScript(script, evaluate, { env: {}, readFile: () => undefined, log: () => undefined })
}

const SILENT = { error: fail, warn: fail, info: () => undefined, debug: () => undefined }

/** Nothing fails here: whatever is reported is a mistake of the benchmark or of the proxy. */
function fail(message: string): never {
  throw new Error(message)
}
