import { Resolver } from 'node:dns/promises'
import type { FindTargets, FoundTargets } from '../../../src/algorithms/service/target-source.ts'
import { ProxyError } from '../../../src/errors.ts'
import { askAddresses } from './ask-addresses.ts'
import { askServices } from './ask-services.ts'
import type { DnsAnswer } from './dns-answer.ts'
import { isAbsence } from './is-absence.ts'

/** The records that are asked for. */
export type DnsRecordType = 'A' | 'AAAA' | 'SRV' | 'A+AAAA'

export interface DnsTargetsOptions {
  /** @default 'SRV' when there is no port, 'A' when there is one */
  readonly type?: DnsRecordType
  /** The port of all targets. SRV records have ports of their own; for the others it is needed. */
  readonly port?: number
  /** Servers to ask, `address` or `address:port`. @default the system's, read anew for each question */
  readonly servers?: readonly string[]
  /** Of one try; the next one doubles it. @default 2,000 */
  readonly timeoutMs?: number
  /** How often each server is asked before it counts as failed. @default 2 */
  readonly tries?: number
  /** The shortest wait between two questions, for records whose time to live is less: 0, say. @default 1,000 */
  readonly minIntervalMs?: number
  /** The longest, whatever the records say. @default 3,600,000 */
  readonly maxIntervalMs?: number
  /** The longest for SRV, whose own time to live Node does not tell. @default 30,000 */
  readonly serviceIntervalMs?: number
}

const TYPES: readonly unknown[] = ['A', 'AAAA', 'SRV', 'A+AAAA']

/**
 * Targets from DNS, asked for again when the answer's time to live is over: of A and AAAA the shortest of all records, of
 * SRV that of the addresses that they lead to, and `serviceIntervalMs` at most.
 *
 * Of SRV (RFC 2782) the addresses of the records' names are the targets: the A records of a name, or AAAA where it has
 * none, which share the record's weight, and have its priority: those of the lowest get the requests for as long as one of
 * them is available. `metadata` has `name` and `port`. Weight 0 is next to nothing beside others of its priority (1/100 of
 * the least of them), and as good as any among its like.
 *
 * The name is complete: no search list, no hosts file. A name without records is a list without targets, which
 * `followTargets` refuses by default; servers that fail or do not answer are an error. Either way the last list stays.
 * @throws INVALID_ARGUMENT for options that do not fit together; the source itself throws CANNOT_RESOLVE
 */
export function dnsTargets(name: string, options: DnsTargetsOptions = {}): FindTargets & { description: string } {
  const { port, type = port === undefined ? 'SRV' : 'A' } = options
  checkName(name)
  checkType(type, port)
  createResolver(options)
  const minMs = readMs('minIntervalMs', options.minIntervalMs ?? 1_000)
  const maxMs = readMs('maxIntervalMs', options.maxIntervalMs ?? 3_600_000)
  const serviceMs = readMs('serviceIntervalMs', options.serviceIntervalMs ?? 30_000)
  const description = `DNS ${type} of "${name}"`

  const find = async (signal: AbortSignal): Promise<FoundTargets> => {
    const resolver = createResolver(options)
    const cancel = (): void => resolver.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const answer = await ask(resolver, name, type, port)
      const longestMs = type === 'SRV' ? Math.min(maxMs, serviceMs) : maxMs
      const refreshMs = Math.max(minMs, Math.min(longestMs, answer.ttlSeconds * 1_000))
      return { targets: answer.targets, refreshMs, note: answer.note }
    } catch (error) {
      throw toFailure(error, description)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
  return Object.assign(find, { description })
}

async function ask(
  resolver: Resolver,
  name: string,
  type: DnsRecordType,
  port: number | undefined,
): Promise<DnsAnswer> {
  try {
    return type === 'SRV' ? await askServices(resolver, name) : await askAddresses(resolver, name, type, port ?? 0)
  } catch (error) {
    if (!isAbsence(error)) throw error
    const note = codeOf(error) === 'ENOTFOUND' ? 'the name does not exist' : 'the name has no such record'
    return { targets: [], ttlSeconds: Number.POSITIVE_INFINITY, note }
  }
}

/** A new one for each question: it knows the system's servers of now, and cancelling it cancels nothing else. */
function createResolver({ servers, timeoutMs = 2_000, tries = 2 }: DnsTargetsOptions): Resolver {
  readMs('timeoutMs', timeoutMs)
  if (!Number.isInteger(tries) || tries < 1) throw refuse(`tries is "${String(tries)}", expected an integer from 1 up`)
  const resolver = new Resolver({ timeout: timeoutMs, tries })
  if (servers === undefined) return resolver
  try {
    resolver.setServers(servers)
  } catch (error) {
    throw new ProxyError(
      'INVALID_ARGUMENT',
      `Cannot look up targets: servers is ${JSON.stringify(servers)}, expected addresses as "127.0.0.1:53" or "[::1]:53"`,
      { cause: error },
    )
  }
  return resolver
}

function toFailure(error: unknown, description: string): ProxyError {
  const code = codeOf(error)
  const state = code === '' ? String(error) : `${SERVER_STATES[code] ?? 'the question failed'} (${code})`
  return new ProxyError('CANNOT_RESOLVE', `Cannot look up ${description}: ${state}`, { cause: error })
}

const SERVER_STATES: Readonly<Record<string, string>> = {
  ETIMEOUT: 'no server answers',
  ESERVFAIL: 'the server failed',
  EREFUSED: 'the server refuses to answer',
  ECONNREFUSED: 'there is no server',
  ECANCELLED: 'the question was given up',
  EBADRESP: 'the answer is malformed',
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

function checkName(name: string): void {
  if (typeof name === 'string' && name.length <= 254 && /^[\w-]+(?:\.[\w-]+)*\.?$/.test(name)) return
  throw refuse(`name is "${String(name)}", expected the name of a host or service, as "_http._tcp.web.example"`)
}

function checkType(type: DnsRecordType, port: number | undefined): void {
  if (!TYPES.includes(type)) throw refuse(`type is "${String(type)}", expected "A", "AAAA", "A+AAAA" or "SRV"`)
  if (type === 'SRV') {
    if (port !== undefined) throw refuse(`port is "${port}" and type "SRV", whose records have ports: leave it out`)
  } else if (port === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw refuse(`port is "${String(port)}", expected 1 to 65535 with type "${type}"`)
  }
}

function readMs(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0 && value <= 2_147_483_647) return value
  throw refuse(`${name} is "${String(value)}", expected whole milliseconds above 0`)
}

function refuse(state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot look up targets: ${state}`)
}
