import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { onTestFinished } from 'vitest'

export interface DnsRecord {
  /** @default 60 */
  readonly ttl?: number
  /** Of A and AAAA. */
  readonly address?: string
  /** Of SRV; without the dot at its end. */
  readonly target?: string
  readonly port?: number
  readonly priority?: number
  readonly weight?: number
}

export type DnsType = 'A' | 'AAAA' | 'SRV'

/** The types' numbers (RFC 1035 3.2.2, RFC 3596, RFC 2782). */
const TYPES: Readonly<Record<number, DnsType>> = { 1: 'A', 28: 'AAAA', 33: 'SRV' }

const RCODES = { none: 0, servfail: 2, nxdomain: 3, refused: 5 } as const

/** What fits into an answer over UDP when the question says nothing else (RFC 1035 4.2.1). */
const UDP_BYTES = 512

/** A name server on 127.0.0.1, over UDP, and over TCP for answers that are too long for it. */
export class DnsServer {
  /** `A web.example`, one for each question, in order. */
  readonly questions: string[] = []
  /** How many of them came over TCP. */
  tcpCount = 0
  /** What all questions are answered with, in place of records; `silent` answers none. */
  failure: 'servfail' | 'refused' | 'silent' | 'none' = 'none'
  readonly #names = new Map<string, Map<DnsType, readonly DnsRecord[]>>()
  readonly #udp: Socket
  readonly #tcp: Server
  #wake: (() => void)[] = []

  static async start(): Promise<DnsServer> {
    const server = new DnsServer()
    await new Promise<void>((resolve) => server.#tcp.listen(0, '127.0.0.1', resolve))
    await new Promise<void>((resolve, reject) => {
      server.#udp.once('error', reject).bind(server.port, '127.0.0.1', resolve)
    })
    onTestFinished(() => server.stop())
    return server
  }

  private constructor() {
    this.#udp = createSocket('udp4', (question, from) => this.#answerDatagram(question, from))
    this.#tcp = createServer((socket) => {
      let held = Buffer.alloc(0)
      socket.on('error', () => socket.destroy())
      socket.on('data', (bytes) => {
        held = Buffer.concat([held, bytes])
        // RFC 1035 4.2.2: each message has its length in two bytes in front.
        while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
          const length = held.readUInt16BE(0)
          this.tcpCount++
          const answer = this.#answer(held.subarray(2, 2 + length))
          held = held.subarray(2 + length)
          if (answer === undefined) continue
          const prefix = Buffer.alloc(2)
          prefix.writeUInt16BE(answer.length)
          socket.write(Buffer.concat([prefix, answer]))
        }
      })
    })
  }

  get port(): number {
    return (this.#tcp.address() as AddressInfo).port
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** What a name has from now on; an empty list leaves the name without records of that type. */
  set(type: DnsType, name: string, records: readonly DnsRecord[]): void {
    const types = this.#names.get(name) ?? new Map<DnsType, readonly DnsRecord[]>()
    this.#names.set(name, types.set(type, records))
  }

  /** The name does not exist any more. */
  remove(name: string): void {
    this.#names.delete(name)
  }

  /** Waits until so many questions came. */
  async asked(count: number): Promise<void> {
    while (this.questions.length < count) await new Promise<void>((resolve) => this.#wake.push(resolve))
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#udp.close(resolve))
    await new Promise((resolve) => this.#tcp.close(resolve))
  }

  #answerDatagram(question: Buffer, from: RemoteInfo): void {
    const answer = this.#answer(question)
    if (answer === undefined) return
    if (answer.length <= sizeFor(question)) {
      this.#udp.send(answer, from.port, from.address)
      return
    }
    // Only the question, with the bit that says that there is more over TCP.
    const cut = Buffer.from(answer.subarray(0, readQuestion(question).end))
    cut.writeUInt16BE(cut.readUInt16BE(2) | 0x0200, 2)
    cut.writeUInt16BE(0, 6)
    this.#udp.send(cut, from.port, from.address)
  }

  #answer(message: Buffer): Buffer | undefined {
    const { name, type, end } = readQuestion(message)
    const typeName = TYPES[type] ?? 'A'
    this.questions.push(`${TYPES[type] ?? type} ${name}`)
    for (const wake of this.#wake.splice(0)) wake()
    if (this.failure === 'silent') return undefined
    const types = this.#names.get(name)
    const rcode = this.failure !== 'none' ? this.failure : types === undefined ? 'nxdomain' : 'none'
    const records = rcode === 'none' && TYPES[type] !== undefined ? (types?.get(typeName) ?? []) : []
    const head = Buffer.alloc(12)
    message.copy(head, 0, 0, 2)
    // An answer, with authority, recursion was desired and is available.
    head.writeUInt16BE(0x8580 | RCODES[rcode], 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(records.length, 6)
    const answers = records.map((record) => writeRecord(type, record))
    return Buffer.concat([head, message.subarray(12, end), ...answers])
  }
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let offset = 12
  for (let length = message[offset] ?? 0; length > 0; length = message[offset] ?? 0) {
    labels.push(message.toString('latin1', offset + 1, offset + 1 + length))
    offset += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(offset + 1), end: offset + 5 }
}

/** What the asker takes over UDP: the class of its OPT record, if it has one (RFC 6891 6.1.2). */
function sizeFor(question: Buffer): number {
  const { end } = readQuestion(question)
  const hasOpt = question.readUInt16BE(10) > 0 && question.length >= end + 5 && question.readUInt16BE(end + 1) === 41
  return hasOpt ? question.readUInt16BE(end + 3) : UDP_BYTES
}

function writeRecord(type: number, { ttl = 60, ...record }: DnsRecord): Buffer {
  const data = writeData(record)
  const head = Buffer.alloc(12)
  // The name is that of the question, which begins at byte 12.
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(ttl, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function writeData({ address, target = '', port = 0, priority = 0, weight = 0 }: DnsRecord): Buffer {
  if (address?.includes(':') === true) return writeAddress6(address)
  if (address !== undefined) return Buffer.from(address.split('.').map(Number))
  const numbers = Buffer.alloc(6)
  numbers.writeUInt16BE(priority, 0)
  numbers.writeUInt16BE(weight, 2)
  numbers.writeUInt16BE(port, 4)
  const labels = target === '' ? [] : target.split('.')
  return Buffer.concat([
    numbers,
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ])
}

function writeAddress6(address: string): Buffer {
  const [front = '', back = ''] = address.split('::')
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [first, last] = [groups(front), groups(back)]
  const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last]
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]))
}
