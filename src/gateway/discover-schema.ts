import * as z from 'zod'
import { parseAddress } from '../engine/parse-address.ts'
import { parseIpAddress } from '../http/ip-address.ts'
import { SCHEMA_PARTS } from './schema-parts.ts'
import { strictObject } from './strict-object.ts'

const { milliseconds, positiveCount, positiveMilliseconds } = SCHEMA_PARTS

const NAME = /^(?=.{1,254}$)[\w-]+(?:\.[\w-]+)*\.?$/

const nameAndPort = z.string('expected a name and a port, as "web.internal:8080"').superRefine((value, context) => {
  const [, name = '', port = ''] = /^(.*):(\d+)$/.exec(value) ?? []
  const isGood = NAME.test(name) && Number(port) >= 1 && Number(port) <= 65_535
  if (isGood && parseIpAddress(name) === undefined) return
  const message = isGood
    ? 'that is an address and no name: write it as a target'
    : 'expected a name and a port, as "web.internal:8080"'
  context.addIssue({ code: 'custom', message, input: value })
})

const server = z
  .string('expected the address of a server')
  .refine(isServer, 'expected the address of a server, as "10.0.0.53", "127.0.0.1:5353" or "[::1]:53"')

const allowsEmpty = z
  .boolean('expected true or false')
  .optional()
  .describe('Takes over a list without targets, which is a mistake otherwise and changes nothing. Default: false.')

const questions = {
  /** Servers to ask: `10.0.0.53`, `127.0.0.1:5353`. @default the system's */
  servers: z
    .array(server, 'expected a list of servers')
    .min(1, 'expected one server at least')
    .optional()
    .describe("Servers to ask: 10.0.0.53, 127.0.0.1:5353. Default: the system's."),
  /** Of one try; the next one doubles it. @default 2,000 */
  timeoutMs: positiveMilliseconds.optional().describe('Of one try; the next one doubles it. Default: 2000.'),
  /** How often each server is asked before it counts as failed. @default 2 */
  tries: positiveCount.optional().describe('How often each server is asked before it counts as failed. Default: 2.'),
  /** The shortest wait between two questions, where the time to live is less. @default 1,000 */
  minIntervalMs: positiveMilliseconds
    .optional()
    .describe('The shortest wait between two questions, where the time to live is less. Default: 1000.'),
}

const byAddresses = strictObject({
  /** A complete name, whose addresses are the targets, and their port: `web.internal:8080`. */
  dns: nameAndPort.describe('A complete name, whose addresses are the targets, and their port: web.internal:8080.'),
  /** The records that are asked for. @default 'A' */
  type: z.enum(['A', 'AAAA', 'A+AAAA']).optional().describe('The records that are asked for. Default: A.'),
  ...questions,
  /** The longest wait, whatever the time to live is. @default 3,600,000 */
  maxIntervalMs: positiveMilliseconds
    .optional()
    .describe('The longest wait, whatever the time to live is. Default: 3600000.'),
  /** Takes over a list without targets, which is a mistake otherwise and changes nothing. @default false */
  allowsEmpty,
})

const byServices = strictObject({
  /** The name of SRV records (RFC 2782), which have ports, priorities and weights: `_http._tcp.web.internal`. */
  srv: z
    .string('expected the name of a service')
    .regex(NAME, 'expected the name of a service, as "_http._tcp.web.internal"')
    .describe('The name of SRV records (RFC 2782), which have ports, priorities and weights: _http._tcp.web.internal.'),
  ...questions,
  /** The longest wait, whatever the time to live of the addresses is. @default 30,000 */
  maxIntervalMs: positiveMilliseconds
    .optional()
    .describe('The longest wait, whatever the time to live of the addresses is. Default: 30000.'),
  /** Takes over a list without targets, which is a mistake otherwise and changes nothing. @default false */
  allowsEmpty,
})

const byFile = strictObject({
  /** A file of YAML or JSON with a list of targets, read again when it changes. From the configuration's folder. */
  file: z
    .string('expected the path of a file')
    .regex(/^[^\0]+$/, 'expected the path of a file')
    .describe(
      "A file of YAML or JSON with a list of targets, read again when it changes. From the configuration's folder.",
    ),
  /** After the last sign of a change, before the file is read. @default 50 */
  settleMs: milliseconds.optional().describe('After the last sign of a change, before the file is read. Default: 50.'),
  /** Looks at the file without a sign as well, for file systems that give none. 0 never. @default 10,000 */
  pollIntervalMs: milliseconds
    .optional()
    .describe('Looks at the file without a sign as well, for file systems that give none. 0 never. Default: 10000.'),
  /** Takes over a list without targets, which is a mistake otherwise and changes nothing. @default false */
  allowsEmpty,
})

/** The `discover` of a service: where its targets are found while it runs. */
export const discoverSchema = z
  .union([byAddresses, byServices, byFile], 'expected an object with dns, srv or file')
  .describe('Where its targets are found while it runs: by DNS, or in a file.')

/** An address, alone or with a port. */
function isServer(text: string): boolean {
  if (parseIpAddress(text) !== undefined) return true
  try {
    const { host, port } = parseAddress(text, '')
    return port > 0 && parseIpAddress(host) !== undefined
  } catch {
    return false
  }
}
