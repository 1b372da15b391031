import { ProxyError } from '../../errors.ts'
import { BALANCER_NAMES } from '../balancers/create-balancer.ts'
import type { ServiceOptions } from './service-options.ts'

/** Tells what is expected in place of a value; undefined when it is good. */
type Rule = (value: unknown) => string | undefined
interface Shape {
  readonly [field: string]: Rule | Shape
}

/** The longest that timers of all runtimes take: 2^31 - 1. */
const MAX_TIMER_MS = 2_147_483_647

const anything: Rule = () => undefined
const time = (least: number): Rule => inRange(`milliseconds from ${least} to ${MAX_TIMER_MS}`, least, MAX_TIMER_MS)
const count =
  (least: number): Rule =>
  (value) =>
    value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && (value as number) >= least)
      ? undefined
      : `a whole number from ${least} up`
const share = inRange('a share from 0 to 1', 0, 1)
const text: Rule = (value) => (typeof value === 'string' && value !== '' ? undefined : 'a text')
const flag: Rule = (value) => (typeof value === 'boolean' ? undefined : 'true or false')
const call: Rule = (value) => (typeof value === 'function' ? undefined : 'a function')
const token: Rule = (value) =>
  typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value) ? undefined : 'a name of letters, digits and hyphens'
const status: Rule = inRange('a status from 100 to 599', 100, 599)
const statusRange: Rule = (value) => {
  const range = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(String(value))
  const isOne = range !== null && Number(range[1]) <= Number(range[2] ?? range[1])
  return isOne ? undefined : 'a status, or a range such as "200-399"'
}
const trigger: Rule = (value) => {
  const isName = value === 'connect-failure' || value === 'reset' || value === 'timeout'
  const isStatus = typeof value === 'number' && value >= 400 && value <= 599
  return isName || isStatus ? undefined : '"connect-failure", "reset", "timeout" or a status from 400'
}

const TIMES: Shape = {
  intervalMs: time(1),
  jitter: share,
  timeoutMs: time(1),
  healthyThreshold: count(1),
  unhealthyThreshold: count(1),
}
const CHECKS: Readonly<Record<string, Shape>> = {
  http: {
    type: anything,
    path: pattern(/^[/*][!-~]*$/, 'a path that begins with "/"'),
    method: oneOf('GET', 'HEAD', 'OPTIONS'),
    host: pattern(/^[^\s/?#@]+$/, 'a host'),
    expectedStatuses: listOf(statusRange, 1),
    ...TIMES,
  },
  tcp: { type: anything, ...TIMES },
}
const STICKY_COOKIE: Shape = {
  by: anything,
  name: token,
  secrets: listOf(
    (value) => (typeof value === 'string' && value.length >= 16 ? undefined : 'a text of 16 characters or more'),
    1,
  ),
  ttlMs: time(0),
  path: pattern(/^\/[ -:<-~]*$/, 'a path without ";"'),
  domain: pattern(/^\.?[\w.-]+$/, 'a host'),
  secure: flag,
  httpOnly: flag,
  sameSite: oneOf('Strict', 'Lax', 'None'),
  revealsAddress: flag,
  now: call,
}
const STICKY_MEMORY: Shape = { by: anything, ttlMs: time(0), maxKeys: count(1) }
const SERVICE: Shape = {
  name: text,
  targets: anything,
  balancer: (value) =>
    typeof value === 'function' || (typeof value === 'object' && value !== null && 'pick' in value)
      ? undefined
      : oneOf(...BALANCER_NAMES)(value),
  sticky: anything,
  pool: { maxConnections: count(1), maxIdleMs: time(0), maxQueue: count(0), queueTimeoutMs: time(0) },
  health: {
    check: anything,
    passive: { maxFails: count(1), failWindowMs: time(1), statuses: listOf(status, 0) },
    panicThreshold: share,
    maxConcurrentChecks: count(1),
  },
  outlier: {
    consecutiveFailures: count(0),
    intervalMs: time(1),
    baseEjectionMs: time(1),
    maxEjectionMs: time(1),
    maxEjectedShare: share,
    successRate: {
      minRequests: count(1),
      minTargets: count(2),
      deviations: inRange('a number above 0', Number.MIN_VALUE, 100),
    },
  },
  retry: {
    attempts: count(0),
    on: listOf(trigger, 0),
    perTryTimeoutMs: time(0),
    budget: { share, minPerSecond: inRange('a number from 0 up', 0, 1e9), windowMs: time(100) },
    maxReplayBytes: count(0),
    methods: listOf(token, 0),
    attemptHeader: token,
    respectRetryAfter: flag,
    hedge: {
      percentile: inRange('a number above 0 and below 100', Number.MIN_VALUE, 99.999),
      minDelayMs: time(0),
      minRequests: count(1),
    },
  },
  timeouts: { connectMs: time(0), responseMs: time(0), bodyMs: time(0), exchangeMs: time(0) },
  limits: {
    maxConcurrentRequests: count(1),
    maxPending: count(0),
    maxConnectionsPerTarget: count(1),
    maxConcurrentRetries: count(0),
  },
  slowStartMs: time(0),
  drainTimeoutMs: time(0),
  onTargetState: call,
}

/** Checks all but the targets. @throws INVALID_ARGUMENT naming the first field that is wrong and its value */
export function checkServiceOptions(options: ServiceOptions): void {
  if (typeof options !== 'object' || options === null) throw refuse('service', 'its options', options, '{ targets, … }')
  const name = typeof options.name === 'string' ? options.name : 'service'
  checkShape(name, '', options, SERVICE)
  if (options.health?.check !== undefined) checkVariant(name, 'health.check', options.health.check, 'type', CHECKS)
  const { sticky } = options
  if (sticky !== undefined) {
    const isCall = typeof sticky === 'object' && sticky !== null && typeof sticky.by === 'function'
    if (isCall) checkShape(name, 'sticky.', sticky, STICKY_MEMORY)
    else checkVariant(name, 'sticky', sticky, 'by', STICKY)
  }
  if (sticky?.by === 'cookie') {
    if (sticky.secrets === undefined) throw refuse(name, 'sticky.secrets', undefined, 'a list of texts')
    if (sticky.sameSite === 'None' && sticky.secure !== true) {
      throw refuse(name, 'sticky.secure', sticky.secure, 'true, since browsers refuse sameSite "None" without it')
    }
  }
  if (sticky?.by === 'header' && sticky.name === undefined) throw refuse(name, 'sticky.name', undefined, 'a field name')
}

const STICKY: Readonly<Record<string, Shape>> = {
  connection: { by: anything },
  cookie: STICKY_COOKIE,
  header: { ...STICKY_MEMORY, name: token },
  address: STICKY_MEMORY,
}

function checkVariant(
  name: string,
  field: string,
  value: unknown,
  by: string,
  shapes: Readonly<Record<string, Shape>>,
): void {
  const kinds = Object.keys(shapes)
  if (typeof value !== 'object' || value === null) throw refuse(name, field, value, 'an object')
  const kind = (value as Record<string, unknown>)[by]
  const shape = typeof kind === 'string' && Object.hasOwn(shapes, kind) ? shapes[kind] : undefined
  if (shape === undefined) throw refuse(name, `${field}.${by}`, kind, oneOf(...kinds)(undefined) as string)
  checkShape(name, `${field}.`, value, shape)
}

function checkShape(name: string, path: string, value: object, shape: Shape): void {
  for (const [field, item] of Object.entries(value) as [string, unknown][]) {
    const rule = Object.hasOwn(shape, field) ? shape[field] : undefined
    if (rule === undefined) throw refuse(name, path + field, item, `one of the fields ${Object.keys(shape).join(', ')}`)
    if (item === undefined) continue
    if (typeof rule === 'object') {
      if (typeof item !== 'object' || item === null) throw refuse(name, path + field, item, 'an object')
      checkShape(name, `${path}${field}.`, item, rule)
      continue
    }
    const expected = rule(item)
    if (expected !== undefined) throw refuse(name, path + field, item, expected)
  }
}

function inRange(expected: string, least: number, most: number): Rule {
  return (value) => (typeof value === 'number' && value >= least && value <= most ? undefined : expected)
}

function oneOf(...names: readonly string[]): Rule {
  return (value) =>
    names.includes(value as string) ? undefined : `one of ${names.map((name) => `"${name}"`).join(', ')}`
}

function pattern(form: RegExp, expected: string): Rule {
  return (value) => (typeof value === 'string' && form.test(value) ? undefined : expected)
}

function listOf(rule: Rule, least: number): Rule {
  return (value) => {
    if (!Array.isArray(value) || value.length < least) return `a list of ${least === 0 ? 'any length' : 'one or more'}`
    const wrong = (value as readonly unknown[]).find((item) => rule(item) !== undefined)
    return wrong === undefined ? undefined : `each to be ${String(rule(wrong))}`
  }
}

function refuse(service: string, field: string, value: unknown, expected: string): ProxyError {
  // Secrets do not go into logs.
  const isHidden = field === 'sticky.secrets' && value !== undefined
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const shown = isHidden ? 'not shown here' : isObject ? 'an object' : `"${String(value)}"`
  return new ProxyError(
    'INVALID_ARGUMENT',
    `Cannot create service "${service}": ${field} is ${shown}, expected ${expected}`,
  )
}
