import { describe, expect, test } from 'vitest'
import { Service } from '../../../src/algorithms/service/service.ts'
import type { ServiceOptions } from '../../../src/algorithms/service/service-options.ts'
import { RoundRobinBalancer } from '../../../src/algorithms/balancers/round-robin-balancer.ts'

/** The message of what `new Service` throws for options that the compiler would refuse. */
function refusal(options: unknown): string {
  try {
    new Service(options as ServiceOptions)
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
    return (error as Error).message
  }
  return 'nothing'
}

const SECRETS = ['0123456789abcdef']

describe('new Service refuses', () => {
  test.each([
    [{ balancer: 'roundrobin' }, 'balancer is "roundrobin", expected one of "round-robin", "random"'],
    [{ tragets: [] }, 'tragets is "", expected one of the fields name, targets, balancer'],
    [{ name: '' }, 'name is "", expected a text'],
    [{ pool: { maxConnections: 0 } }, 'pool.maxConnections is "0", expected a whole number from 1 up'],
    [{ pool: 3 }, 'pool is "3", expected an object'],
    [{ health: { check: { type: 'icmp' } } }, 'health.check.type is "icmp", expected one of "http", "tcp"'],
    [{ health: { check: {} } }, 'health.check.type is "undefined", expected one of "http", "tcp"'],
    [
      { health: { check: { type: 'tcp', path: '/' } } },
      'health.check.path is "/", expected one of the fields type, intervalMs',
    ],
    [
      { health: { check: { type: 'http', path: 'x' } } },
      'health.check.path is "x", expected a path that begins with "/"',
    ],
    [{ health: { check: { type: 'http', path: '/a b' } } }, 'health.check.path is "/a b", expected a path'],
    [{ health: { check: { type: 'http', host: 'a b' } } }, 'health.check.host is "a b", expected a host'],
    [
      { health: { check: { type: 'http', intervalMs: 0 } } },
      'health.check.intervalMs is "0", expected milliseconds from 1 to',
    ],
    [{ health: { check: { type: 'http', jitter: 2 } } }, 'health.check.jitter is "2", expected a share from 0 to 1'],
    [
      { health: { check: { type: 'http', expectedStatuses: ['2xx'] } } },
      'health.check.expectedStatuses is "2xx", expected each to be a status',
    ],
    [
      { health: { check: { type: 'http', expectedStatuses: ['300-200'] } } },
      'health.check.expectedStatuses is "300-200", expected',
    ],
    [{ health: { panicThreshold: -0.1 } }, 'health.panicThreshold is "-0.1", expected a share from 0 to 1'],
    [{ health: { passive: { maxFails: 1.5 } } }, 'health.passive.maxFails is "1.5", expected a whole number from 1 up'],
    [{ outlier: { maxEjectedShare: 50 } }, 'outlier.maxEjectedShare is "50", expected a share from 0 to 1'],
    [
      { outlier: { successRate: { deviations: 0 } } },
      'outlier.successRate.deviations is "0", expected a number above 0',
    ],
    [
      { retry: { on: ['5xx'] } },
      'retry.on is "5xx", expected each to be "connect-failure", "reset", "timeout" or a status',
    ],
    [{ retry: { on: [200] } }, 'retry.on is "200", expected each to be'],
    [{ retry: { attempts: -1 } }, 'retry.attempts is "-1", expected a whole number from 0 up'],
    [{ retry: { budget: { share: 20 } } }, 'retry.budget.share is "20", expected a share from 0 to 1'],
    [{ retry: { attemptHeader: 'x attempt' } }, 'retry.attemptHeader is "x attempt", expected a name of letters'],
    [
      { retry: { hedge: { percentile: 100 } } },
      'retry.hedge.percentile is "100", expected a number above 0 and below 100',
    ],
    [
      { timeouts: { connectMs: Number.NaN } },
      'timeouts.connectMs is "NaN", expected milliseconds from 0 to 2147483647',
    ],
    [{ timeouts: { responseMs: 2 ** 31 } }, 'timeouts.responseMs is "2147483648", expected milliseconds'],
    [
      { limits: { maxConcurrentRequests: 0 } },
      'limits.maxConcurrentRequests is "0", expected a whole number from 1 up',
    ],
    [{ slowStartMs: '1s' }, 'slowStartMs is "1s", expected milliseconds from 0 to 2147483647'],
    [{ onTargetState: 'log' }, 'onTargetState is "log", expected a function'],
    [{ sticky: 'cookie' }, 'sticky is "cookie", expected an object'],
    [{ sticky: { by: 'cokie' } }, 'sticky.by is "cokie", expected one of "connection", "cookie", "header", "address"'],
    [{ sticky: { by: 'cookie' } }, 'sticky.secrets is "undefined", expected a list of texts'],
    [{ sticky: { by: 'cookie', secrets: [] } }, 'sticky.secrets is not shown here, expected a list of one or more'],
    [
      { sticky: { by: 'cookie', secrets: ['short'] } },
      'sticky.secrets is not shown here, expected each to be a text of 16 characters',
    ],
    [{ sticky: { by: 'cookie', secrets: SECRETS, name: 'a=b' } }, 'sticky.name is "a=b", expected a name of letters'],
    [
      { sticky: { by: 'cookie', secrets: SECRETS, path: '/; Domain=x' } },
      'sticky.path is "/; Domain=x", expected a path without ";"',
    ],
    [{ sticky: { by: 'cookie', secrets: SECRETS, domain: 'x; y' } }, 'sticky.domain is "x; y", expected a host'],
    [
      { sticky: { by: 'cookie', secrets: SECRETS, sameSite: 'None' } },
      'sticky.secure is "undefined", expected true, since browsers',
    ],
    [{ sticky: { by: 'header' } }, 'sticky.name is "undefined", expected a field name'],
    [{ sticky: { by: () => 'a', maxKeys: 0 } }, 'sticky.maxKeys is "0", expected a whole number from 1 up'],
  ])('%j', (options, expected) => {
    expect(refusal({ targets: ['a:1'], ...options })).toContain(
      `Cannot create service "${'name' in options ? options.name : 'service'}": ${expected}`,
    )
  })

  test.each([
    [undefined, 'targets is "undefined", expected an array'],
    ['a:1', 'targets is "a:1", expected an array'],
    [['a:1', 'nowhere'], 'targets[1] is "nowhere", expected "host:port", or a URL without a path'],
    [['http://a/path'], 'targets[0] is "http://a/path", expected'],
    [['a:1', { address: 'a:1' }], 'targets[1].address is "a:1", expected another address than that of targets[0]'],
    [[{ address: 'a:1', weight: -1 }], 'targets[0].weight is "-1", expected 0 to 1000000'],
    [[{ address: 'a:1', weight: Number.NaN }], 'targets[0].weight is "NaN", expected 0 to 1000000'],
    [[{ address: 'a:1', priority: -1 }], 'targets[0].priority is "-1", expected a whole number from 0 up'],
    [[{ address: 'a:1', priority: 0.5 }], 'targets[0].priority is "0.5", expected a whole number from 0 up'],
    [[{ address: 'a:1', priority: '1' }], 'targets[0].priority is "1", expected a whole number from 0 up'],
    [[{ address: 'a:1', wieght: 1 }], 'targets[0].wieght is "1", expected address, weight, priority and metadata only'],
    [[{ address: 'a:1', metadata: { zone: 1 } }], 'targets[0].metadata.zone is "1", expected a text'],
    [[null], 'targets[0] is "null", expected "host:port" or { address }'],
    [[{}], 'targets[0].address is "undefined", expected "host:port", or a URL without a path'],
  ])('the targets %j', (targets, expected) => {
    expect(refusal({ name: 'api', targets })).toContain(`Cannot set targets of service "api": ${expected}`)
  })

  test('no secret into a message', () => {
    expect(refusal({ targets: [], sticky: { by: 'cookie', secrets: ['geheim'] } })).not.toContain('geheim')
  })
})

test('new Service takes all forms of addresses, and a balancer of the user', () => {
  const targets = ['a:1', '[::1]:80', 'http://a', 'https://a:8443/', 'tcp://a:1', 'binding:API', '127.0.0.1:8080']
  expect(new Service({ targets }).targets.map(({ address }) => address)).toEqual(targets)
  expect(new Service({ targets: [], balancer: new RoundRobinBalancer() }).pick()).toBeUndefined()
})

test('Service.set changes nothing when it refuses a list', () => {
  const service = new Service({ targets: ['a:1'] })
  expect(() => service.set(['b:1', 'b:1'])).toThrow('targets[1] is "b:1"')
  expect(service.targets.map(({ address }) => address)).toEqual(['a:1'])
})
