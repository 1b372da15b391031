import { ProxyServer } from '../../src/engine/proxy-server.ts'
import { http1 } from '../../src/http/http1.ts'
import { Data } from '../../src/events.ts'
import { instantiateScript } from '../../src/script/instantiate-script.ts'
import { rewriteScript } from '../../src/script/rewrite-script.ts'
import { directConnection } from '../../src/streams/direct-connection.ts'
import { MemoryTransport } from '../support/memory-transport.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { createHost } from './load-script.ts'

/** A client's connection to a script's proxy. */
export interface ScriptClient {
  /** Everything that came back. */
  readonly text: string
  /** Sends text and waits until nothing more happens. */
  send(text: string): Promise<void>
  /** Sends a request with a body and gives the body of its answer; `404 body` when the status is not 200. */
  request(path: string, body?: string): Promise<string>
  close(): Promise<void>
}

/** A script that runs on the real engine, on a transport in memory. */
export interface RunningScript {
  /** What the script wrote by `console`, and what `pipy.exit` was given. */
  readonly host: ReturnType<typeof createHost>
  readonly log: RecordingLog
  readonly transport: MemoryTransport
  connect(port?: number): Promise<ScriptClient>
}

/** Rewrites a script, builds its proxy and starts it. */
export async function runScript(source: string, files: Readonly<Record<string, string>> = {}): Promise<RunningScript> {
  const script = rewriteScript(source, { file: '/srv/proxy.js' })
  // eslint-disable-next-line typescript/no-implied-eval -- what an adapter does with node:vm
  const evaluate = new Function(...script.parameterNames, script.code) as (...values: readonly unknown[]) => unknown
  const host = createHost(files)
  const log = new RecordingLog()
  const transport = new MemoryTransport()
  const server = new ProxyServer(instantiateScript(script, evaluate, host), { transport, log, http1 })
  await server.start()
  await transport.settle()
  return { host, log, transport, connect: (port = 8000) => connect(transport, port) }
}

async function connect(transport: MemoryTransport, port: number): Promise<ScriptClient> {
  const direct = directConnection(
    transport.connect({ host: '127.0.0.1', port }, { connectTimeoutMs: 1000, keepAlive: true, noDelay: true }),
  )
  let text = ''
  direct.attach({
    onData: (data) => {
      text += data.toString('latin1')
    },
    onEnd: () => undefined,
    onDrain: () => undefined,
    onClose: () => undefined,
  })
  await transport.settle()
  const send = async (content: string): Promise<void> => {
    const bytes = new TextEncoder().encode(content)
    direct.write(new Data(bytes))
    await transport.settle()
  }
  return {
    get text() {
      return text
    },
    send,
    async request(path, body = '') {
      const before = text.length
      await send(`POST ${path} HTTP/1.1\r\nHost: example.com\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      return bodyOf(text.slice(before))
    },
    async close() {
      direct.close()
      await transport.settle()
    },
  }
}

function bodyOf(answer: string): string {
  const [head = '', ...rest] = answer.split('\r\n\r\n')
  const [, status = ''] = head.split(' ')
  return status === '200' ? rest.join('\r\n\r\n') : `${status} ${rest.join('\r\n\r\n')}`.trim()
}
