import { deepStrictEqual, strictEqual } from 'node:assert'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { CHECK_PATHS, LARGE_BODY, type SeenRequest } from './check-upstream.ts'
import type { Feature } from '../rivals/rival.ts'
import { makeBody, pathsOf, type Setup, type Work } from '../works.ts'
import { UPLOAD_ANSWER } from '../load/start-upstream.ts'
import { MARKED_ROUTE_COUNT, READ_HEADERS, SET_HEADER } from '../rivals/vary-example.ts'

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

interface Question {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: Buffer
}

const ANSWER_TIMEOUT_MS = 5000

/** Asks one proxy over one client connection. */
class Client {
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(port: number) {
    this.#port = port
  }

  async ask(path: string, { method = 'GET', headers = {}, body }: Question = {}): Promise<Answer> {
    const options = { host: '127.0.0.1', port: this.#port, agent: this.#agent, method, path, headers }
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
    const asking = request({ ...options, signal }).end(body)
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    const parts: Buffer[] = []
    for await (const part of response) parts.push(part)
    return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }
  }

  async see(path: string, question?: Question): Promise<SeenRequest> {
    const { status, body } = await this.ask(path, question)
    strictEqual(status, 200, `status of ${path}`)
    return JSON.parse(String(body)) as SeenRequest
  }

  close(): void {
    this.#agent.destroy()
  }
}

type Check = (client: Client) => Promise<void>

/** What a proxy has to do right before it is timed. */
const CHECKS: readonly {
  readonly title: string
  /** Only for rivals that offer this. */
  readonly needs?: Feature
  /** Only for this set-up. */
  readonly setup?: Setup
  readonly check: Check
}[] = [
  { title: 'routes by path', check: checkRoutes },
  { title: 'forwards a request', check: checkRequest },
  { title: 'forwards the Host header', needs: 'forwards the Host header', check: checkHost },
  { title: 'forwards header names', needs: 'forwards header names as they came', check: checkNames },
  { title: 'forwards an upload', check: checkUpload },
  { title: 'forwards an answer', check: checkResponses },
  { title: 'sets a header from three others', setup: 'headers', check: checkSetHeader },
  { title: 'finds each of 1,000 routes', setup: 'routes', check: checkManyRoutes },
]

/** Checks a proxy in front of the upstream of the checks. Throws at the first wrong answer, saying what was wrong. */
export async function checkAnswers(port: number, setup: Setup, lacks: readonly Feature[]): Promise<void> {
  const client = new Client(port)
  try {
    for (const { title, needs, setup: onlySetup = setup, check } of CHECKS) {
      if (onlySetup !== setup || (needs !== undefined && lacks.includes(needs))) continue
      await check(client).catch((cause) => {
        throw new Error(`It does not pass the check "${title}": ${String(cause.message)}`, { cause })
      })
    }
  } finally {
    client.close()
  }
}

/** Checks an answer of each path of a work that is about to be timed. */
export async function checkWork(port: number, work: Work): Promise<void> {
  const client = new Client(port)
  try {
    const isUpload = work.requestBytes > 0
    const question = isUpload ? { method: 'POST', body: makeBody(work.requestBytes) } : {}
    const rightHash = hash('sha256', isUpload ? UPLOAD_ANSWER : makeBody(work.answerBytes))
    for (const path of pathsOf(work)) {
      const { status, body } = await client.ask(path, question)
      strictEqual(status, 200, `status of ${path}`)
      strictEqual(hash('sha256', body), rightHash, `hash of the body of ${path}`)
    }
  } finally {
    client.close()
  }
}

async function checkRoutes(client: Client): Promise<void> {
  const paths = { '/': 'first', '/hi': 'second', '/hi/': 'second', '/hi/there?a=1': 'second', '/high': 'first' }
  for (const [path, upstream] of Object.entries(paths)) {
    strictEqual((await client.see(path)).upstream, upstream, `upstream of ${path}`)
  }
}

async function checkRequest(client: Client): Promise<void> {
  const headers = { 'x-first': 'one, two', 'accept-language': 'da', cookie: 'a=1; b=2' }
  const seen = await client.see('/a/b%20c?d=%2F&e', { method: 'DELETE', headers })
  strictEqual(seen.method, 'DELETE')
  strictEqual(seen.path, '/a/b%20c?d=%2F&e')
  for (const [name, value] of Object.entries(headers)) strictEqual(seen.headers[name], value, `header ${name}`)
}

async function checkHost(client: Client): Promise<void> {
  const { headers } = await client.see('/', { headers: { host: 'example.org:81' } })
  strictEqual(headers.host, 'example.org:81')
}

async function checkNames(client: Client): Promise<void> {
  const { rawHeaders } = await client.see('/', { headers: { 'X-miXed-Case': 'a' } })
  strictEqual(rawHeaders.includes('X-miXed-Case'), true, `"X-miXed-Case" among ${rawHeaders}`)
}

async function checkUpload(client: Client): Promise<void> {
  const seen = await client.see('/upload', { method: 'POST', body: LARGE_BODY })
  strictEqual(seen.bodyBytes, LARGE_BODY.length)
  strictEqual(seen.bodyHash, hash('sha256', LARGE_BODY))
  const chunked = await client.see('/upload', {
    method: 'PUT',
    body: LARGE_BODY,
    headers: { 'transfer-encoding': 'chunked' },
  })
  strictEqual(chunked.bodyHash, hash('sha256', LARGE_BODY))
}

async function checkResponses(client: Client): Promise<void> {
  const missing = await client.ask(CHECK_PATHS.missing)
  deepStrictEqual([missing.status, String(missing.body)], [404, 'not here\n'])
  const empty = await client.ask(CHECK_PATHS.empty)
  deepStrictEqual([empty.status, empty.body.length], [204, 0])
  const chunked = await client.ask(CHECK_PATHS.chunked)
  strictEqual(hash('sha256', chunked.body), hash('sha256', LARGE_BODY), 'hash of the chunked body')
  const large = await client.ask(CHECK_PATHS.large)
  strictEqual(hash('sha256', large.body), hash('sha256', LARGE_BODY), 'hash of the body')
  const head = await client.ask(CHECK_PATHS.large, { method: 'HEAD' })
  deepStrictEqual([head.status, head.body.length], [200, 0])
  const cookies = await client.ask(CHECK_PATHS.cookies)
  deepStrictEqual(cookies.headers['set-cookie'], ['a=1', 'b=2'])
  strictEqual(cookies.headers['x-answer'], 'Kept')
}

async function checkSetHeader(client: Client): Promise<void> {
  const values = ['marie', 'free', 'north']
  const headers = Object.fromEntries(READ_HEADERS.map((name, i) => [name, values[i] ?? '']))
  const seen = await client.see('/', { headers: { ...headers, [SET_HEADER]: 'from the client' } })
  strictEqual(seen.headers[SET_HEADER.toLowerCase()], values.join(' '), `header ${SET_HEADER}`)
}

/** The routes that are asked for lead where all else leads: those beside them, which lead elsewhere, show the difference. */
async function checkManyRoutes(client: Client): Promise<void> {
  for (let i = 0; i < MARKED_ROUTE_COUNT; i++) {
    strictEqual((await client.see(`/marked/${i}/a`)).upstream, 'second', `upstream of /marked/${i}/a`)
  }
  for (const path of [`/marked/${MARKED_ROUTE_COUNT}/a`, '/marked/0x/a', '/route/0/a']) {
    strictEqual((await client.see(path)).upstream, 'first', `upstream of ${path}`)
  }
}
