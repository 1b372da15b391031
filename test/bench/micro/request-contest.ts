import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'
import { decodeLatin1 } from '../../../adapters/node/latin1.ts'
import { ProxyServer } from '../../../src/engine/proxy-server.ts'
import { type EvaluateScript, instantiateScript } from '../../../src/script/instantiate-script.ts'
import { rewriteScript } from '../../../src/script/rewrite-script.ts'
import type { Contest } from './contest.ts'
import { MemoryTransport } from './memory-transport.ts'

const SCRIPT = new URL('../../../examples/03-connection-pool/proxy.js', import.meta.url)
const SMALL_REQUEST = 'GET /small HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n'
const BROWSER_REQUEST = [
  'GET /hi/there?name=value HTTP/1.1',
  'Host: www.example.org:8000',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language: en-US,en;q=0.5',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Cookie: session=0123456789abcdef; theme=dark',
  'Connection: keep-alive',
  '',
  '',
].join('\r\n')
const ANSWER_BODY = '0123456789abcdef'
const ANSWER = [
  'HTTP/1.1 200 OK',
  'Server: nginx/1.22.1',
  'Date: Wed, 25 Nov 2026 02:24:54 GMT',
  'Content-Type: text/plain',
  `Content-Length: ${ANSWER_BODY.length}`,
  'Connection: keep-alive',
  '',
  ANSWER_BODY,
].join('\r\n')

/** A whole request through example 03, from the client's bytes to the answer's, without a network. */
export async function requestContest(): Promise<Contest> {
  return {
    title: 'Request and answer through example 03, without a network',
    contestants: [
      { title: '1 field', run: await exchanger(SMALL_REQUEST) },
      { title: '7 fields', run: await exchanger(BROWSER_REQUEST) },
    ],
  }
}

async function exchanger(request: string): Promise<(count: number) => number> {
  const transport = new MemoryTransport(decodeLatin1)
  const server = new ProxyServer(loadExample(), { transport, log: SILENT })
  await server.start()
  const client = transport.openClient()
  const requestBytes = Buffer.from(request, 'latin1')
  const answerBytes = Buffer.from(ANSWER, 'latin1')
  return (count) => {
    const before = client.writtenBytes
    for (let i = 0; i < count; i++) {
      client.receive(requestBytes)
      transport.upstreams[0]?.receive(answerBytes)
    }
    const bodyBytes = count * ANSWER_BODY.length
    const written = client.writtenBytes - before
    if (written <= bodyBytes) throw new Error(`Cannot time the proxy: it wrote ${written} bytes to ${count} requests`)
    return written
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
