import * as z from 'zod'
import { parseAddress } from '../engine/parse-address.ts'
import { ForwardedRules } from '../http/forwarded-rules.ts'
import { SCHEMA_PARTS } from './schema-parts.ts'
import { strictObject } from './strict-object.ts'

const { count, milliseconds } = SCHEMA_PARTS

const address = z
  .union([z.int(), z.string()], 'expected a port from 0 to 65535 or "host:port"')
  .refine((value) => isAddress(String(value)), 'expected a port from 0 to 65535, "host:port" or "[v6]:port"')
  .describe('A port on all addresses, or "127.0.0.1:8000", "[::1]:8000". Port 0 is any free one.')

const listener = strictObject({
  /** A port on all addresses, or `127.0.0.1:8000`, `[::1]:8000`. Port 0 is any free one. */
  address,
  /** Tells upstreams for whom requests are forwarded, and takes out what clients say about that. */
  forwarded: strictObject({
    /** Which fields are written. @default 'x-forwarded' */
    style: z
      .enum(['x-forwarded', 'forwarded', 'both'])
      .optional()
      .describe(
        'Which fields are written: X-Forwarded-For, -Host and -Proto, or Forwarded (RFC 7239), or both. Default: x-forwarded.',
      ),
    /** Addresses and networks of proxies in front, which are believed. @default none */
    trustedProxies: z
      .array(
        z.string().refine(isNetwork, 'expected an address or a network, as "10.0.0.0/8"'),
        'expected a list of addresses and networks',
      )
      .optional()
      .describe('Addresses and networks of proxies in front (10.0.0.0/8), which are believed. Default: none.'),
  })
    .optional()
    .describe('Tells upstreams for whom requests are forwarded, and takes out what clients say about that.'),
  /** Client connections at once. @default unlimited */
  maxConnections: count.optional().describe('Client connections at once. Default: unlimited.'),
  /** Closes a connection on which nothing moves; 0 never. @default 60,000 */
  idleTimeoutMs: milliseconds
    .optional()
    .describe('Closes a connection on which nothing moves; 0 never. Default: 60000.'),
  /** The longest body of a request; 413. 0 is no limit. @default 0 */
  maxBodyBytes: count
    .optional()
    .describe('The longest body of a request; longer ones get 413. 0 is no limit. Default: 0.'),
})

/** The `listen` of a gateway: an address, one with options, or a list of them. */
export const listenSchema = z
  .union(
    [
      address,
      listener,
      z
        .array(z.union([address, listener], 'expected an address, or an object with one'))
        .min(1, 'expected one address at least'),
    ],
    {
      error: 'expected an address, an object with one, or a list of them',
    },
  )
  .describe('Where clients connect.')

function isAddress(text: string): boolean {
  return succeeds(() => parseAddress(text, ''))
}

function isNetwork(text: string): boolean {
  return succeeds(() => new ForwardedRules({ trustedProxies: [text] }))
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}
