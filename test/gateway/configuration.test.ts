import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProxyError } from 'sluice'
import { defineGateway, gateway, type GatewayConfiguration } from 'sluice/gateway'

const good: GatewayConfiguration = { listen: 0, services: { web: '127.0.0.1:1' }, routes: [{ service: 'web' }] }

/** What is said about a configuration, a line for each problem. */
function problemsOf(configuration: unknown): string[] {
  try {
    gateway(configuration as GatewayConfiguration)
  } catch (error) {
    expect(error).toBeInstanceOf(ProxyError)
    const { code, message } = error as ProxyError
    expect(code).toBe('INVALID_ARGUMENT')
    const text = message.replace('Cannot use the configuration:', '')
    return text.split('\n').flatMap((line) => line.trim() || [])
  }
  throw new Error('it was taken')
}

const withRoute = (route: object): object => ({ ...good, routes: [route] })
const withService = (service: unknown): object => ({ ...good, services: { web: service } })

describe('a configuration with a mistake is refused, with the field and its value:', () => {
  test.each<[unknown, string]>([
    [5, 'the configuration is 5: expected an object'],
    [null, 'the configuration is null: expected an object'],
    [undefined, 'the configuration is missing: expected an object'],
    [[], 'the configuration is []: expected an object'],
    [{ ...good, lisen: 1 }, 'lisen is 1: there is no such field; did you mean "listen"?'],
    [
      { ...good, zzzzzz: 1 },
      'zzzzzz is 1: there is no such field; there are $schema, listen, services, routes, default',
    ],
    [{ ...good, listen: undefined }, 'listen is missing: expected an address, an object with one, or a list of them'],
    [{ ...good, listen: '1:2:3' }, 'listen is "1:2:3": expected a port from 0 to 65535, "host:port" or "[v6]:port"'],
    [{ ...good, listen: 65_536 }, 'listen is 65536: expected a port from 0 to 65535, "host:port" or "[v6]:port"'],
    [{ ...good, listen: [] }, 'listen is []: expected one address at least'],
    [
      { ...good, listen: { address: 1, forwarded: { trustedProxies: ['10.0.0.0/99'] } } },
      'listen.forwarded.trustedProxies[0] is "10.0.0.0/99": expected an address or a network, as "10.0.0.0/8"',
    ],
    [{ listen: 1 }, 'routes is missing: expected one route at least, or a default'],
    [{ ...good, routes: {} }, 'routes is {}: expected a list of routes'],
    [withRoute({ service: 'wev' }), 'routes[0].service is "wev": there is no such service; did you mean "web"?'],
    [withRoute({ service: 'xyz' }), 'routes[0].service is "xyz": there is no such service; there are "web"'],
    [withRoute({}), 'routes[0] is {}: expected one of service, redirect and answer; there is none'],
    [
      withRoute({ service: 'web', answer: {} }),
      'routes[0] is {"service":"web","answer":{}}: expected one of service, redirect and answer; there are service and answer',
    ],
    [withRoute({ service: 'web', path: 'x' }), 'routes[0].path is "x": expected a path that begins with "/"'],
    [
      withRoute({ service: 'web', path: ['/x', '/*y'] }),
      'routes[0].path[1] is "/*y": a "*" is the whole last segment, as in "/path/*"',
    ],
    [
      withRoute({ service: 'web', path: 5 }),
      'routes[0].path is 5: expected a path such as "/users/*", { regex }, or a list of them',
    ],
    [
      withRoute({ service: 'web', host: 'a:80' }),
      'routes[0].host is "a:80": expected a host without a port and a scheme: a route is for every port',
    ],
    [
      withRoute({ service: 'web', method: 'get' }),
      'routes[0].method is "get": expected a method in capitals, as "GET"',
    ],
    [
      withRoute({ service: 'web', header: { 'x-a': 5 } }),
      'routes[0].header["x-a"] is 5: expected a value, { env }, true (the field is there), false (it is not there), or { regex }',
    ],
    [
      withRoute({ service: 'web', timeouts: { responseMs: '5s' } }),
      'routes[0].timeouts.responseMs is "5s": expected whole milliseconds',
    ],
    [
      withRoute({ service: 'web', timeouts: { responseMs: -1 } }),
      'routes[0].timeouts.responseMs is -1: expected 0 or more',
    ],
    [
      withRoute({ service: 'web', timeouts: { responseMs: NaN } }),
      'routes[0].timeouts.responseMs is NaN: expected whole milliseconds',
    ],
    [
      withRoute({ service: 'web', rewrite: { path: '/:id' }, path: '/x/*' }),
      'routes[0].rewrite.path is "/:id": nothing gives it ":id": path "/x/*" has none',
    ],
    [
      withRoute({ service: 'web', rewrite: { stripPrefix: '/api' }, path: '/x/*' }),
      'routes[0].rewrite.stripPrefix is "/api": no path that fits "/x/*" begins with it',
    ],
    [
      withRoute({ service: 'web', rewrite: { stripPrefix: '/a/' } }),
      'routes[0].rewrite.stripPrefix is "/a/": expected a path such as "/api", without a slash at its end',
    ],
    [
      withRoute({ service: 'web', rewrite: { path: '/', addPrefix: '/a' } }),
      'routes[0].rewrite.path is "/": a path says all; leave stripPrefix and addPrefix out',
    ],
    [
      withRoute({ redirect: '//evil.example' }),
      'routes[0].redirect is "//evil.example": expected a path, or a URL with http or https and a host',
    ],
    [
      withRoute({ redirect: { to: '/x', status: 200 } }),
      'routes[0].redirect.status is 200: expected 301, 302, 303, 307 or 308',
    ],
    [withRoute({ answer: {}, timeouts: {} }), 'routes[0].timeouts is {}: it changes nothing: nothing is forwarded'],
    [withRoute({ answer: { status: 101 } }), 'routes[0].answer.status is 101: expected a status from 200 to 599'],
    [
      withRoute({ service: 'web', requestHeaders: { set: { connection: 'close' } } }),
      'routes[0].requestHeaders.set.connection is "close": its name is wrong: this field belongs to one connection, or frames messages; it is Sluice that writes it',
    ],
    [
      withRoute({ service: 'web', requestHeaders: { set: { 'x-a': 'a\r\nevil: 1' } } }),
      'routes[0].requestHeaders.set["x-a"] is "a\\r\\nevil: 1": expected one line of text that a header field can hold',
    ],
    [
      {
        ...good,
        routes: [
          { name: 'a', service: 'web' },
          { name: 'a', service: 'web' },
        ],
      },
      'routes[1].name is "a": routes[0] has this name already',
    ],
    [withService([]), 'services.web is []: expected one target at least'],
    [withService(['127.0.0.1:1', '127.0.0.1:1']), 'services.web[1] is "127.0.0.1:1": the target is there already'],
    [withService('nowhere'), 'services.web is "nowhere": expected "host:port" or "[v6]:port", port 0 to 65535'],
    [
      withService({ target: '127.0.0.1:1' }),
      'services.web.targets is missing: expected a list of targets, or discover',
    ],
    [
      withService({ targets: ['127.0.0.1:1'], balancer: 'fair' }),
      'services.web.balancer is "fair": expected "round-robin", "random", "least-connections", "power-of-two", "least-time", "consistent-hash", "maglev" or "rendezvous"',
    ],
    [
      withService({ targets: ['127.0.0.1:1'], retry: { on: ['refused'] } }),
      'services.web.retry.on[0] is "refused": expected "connect-failure", "reset", "timeout" or a status',
    ],
    [
      withService({ targets: ['127.0.0.1:1'], sticky: { by: 'cookie', secrets: ['short'] } }),
      'services.web.sticky.secrets[0] is (not shown): expected 16 characters or more',
    ],
    [
      withService({ targets: ['127.0.0.1:1'], sticky: { by: 'cookie', secrets: 'a secret that is no list' } }),
      'services.web.sticky.secrets is (not shown): expected a list of secrets',
    ],
    [
      withService({ targets: ['127.0.0.1:1'], sticky: { by: 'cookie', secrets: [{ env: 'A B' }] } }),
      'services.web.sticky.secrets[0].env is "A B": expected the name of a variable, as "COOKIE_SECRET"',
    ],
    [
      withService({ targets: ['127.0.0.1:1'], sticky: { by: 'cookie', secrets: [{ env: 'A' }] } }),
      'services.web.sticky.secrets[0] is {"env":"A"}: nobody gave the gateway the variable A; use gateway(configuration, { env: process.env }), or in a Worker worker((env) => gateway(configuration, { env }))',
    ],
    [
      withService({ targets: ['127.0.0.1:1'], discover: { dns: 'web.internal:80' } }),
      'services.web.discover is {"dns":"web.internal:80"}: there are targets already; expected one of the two',
    ],
    [
      withService({ discover: { dns: 'web.internal' } }),
      'services.web.discover.dns is "web.internal": expected a name and a port, as "web.internal:8080"',
    ],
    [
      withService({ discover: { dns: '127.0.0.1:80' } }),
      'services.web.discover.dns is "127.0.0.1:80": that is an address and no name: write it as a target',
    ],
    [
      withService({ discover: { srv: '_http._tcp.web internal' } }),
      'services.web.discover.srv is "_http._tcp.web internal": expected the name of a service, as "_http._tcp.web.internal"',
    ],
    [
      withService({ discover: { srv: '_http._tcp.web', servers: ['dns.internal'] } }),
      'services.web.discover.servers[0] is "dns.internal": expected the address of a server, as "10.0.0.53", "127.0.0.1:5353" or "[::1]:53"',
    ],
    [
      withService({ discover: { file: 'targets.yaml', server: '10.0.0.53' } }),
      'services.web.discover.server is "10.0.0.53": there is no such field; there are file, settleMs, pollIntervalMs, allowsEmpty',
    ],
    [
      withRoute({ service: 'web', query: { page: 5 } }),
      'routes[0].query.page is 5: expected a value, { env }, true (the parameter is there), false (it is not there), or { regex }',
    ],
    [
      withRoute({ service: 'web', query: { page: { regex: '(' } } }),
      'routes[0].query.page.regex is "(": Invalid regular expression: /^(?:()$/u: Unterminated group',
    ],
    [
      withService({ targets: ['127.0.0.1:1'], health: { check: { type: 'udp' } } }),
      'services.web.health.check.type is "udp": expected an object with type "http" or "tcp"',
    ],
    [
      withService({ targets: [{ address: '127.0.0.1:1', weight: -1 }] }),
      'services.web.targets[0].weight is -1: expected 0 or more',
    ],
    [
      withService({ targets: [{ address: '127.0.0.1:1', priority: 0.5 }] }),
      'services.web.targets[0].priority is 0.5: expected a whole number',
    ],
    [{ ...good, default: { service: 'none' } }, 'default.service is "none": there is no such service; there are "web"'],
  ])('%j', (configuration, problem) => expect(problemsOf(configuration)).toContain(problem))
})

test('all problems are told at once', () => {
  expect(problemsOf({ listen: -1, services: { a: 5 }, routes: [{ path: 'x', answer: { status: 1 } }] })).toHaveLength(4)
})

test('a regex that is none is refused, with what the engine says', () => {
  expect(problemsOf(withRoute({ service: 'web', path: { regex: '(' } }))[0]).toMatch(
    /^routes\[0\]\.path\.regex is "\(": Invalid regular expression/,
  )
})

test('whatever a configuration is, it is taken or refused, and nothing else happens', () => {
  const anything = fc.anything({ maxDepth: 3, withNullPrototype: true, withBigInt: true })
  const field = fc.constantFrom('listen', 'services', 'routes', 'default', '__proto__', 'constructor')
  const inRoute = fc.constantFrom(
    'path',
    'host',
    'method',
    'header',
    'query',
    'service',
    'rewrite',
    'answer',
    'redirect',
    'name',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        anything,
        fc.dictionary(field, anything).map((fields) => ({ ...good, ...fields })),
        fc.dictionary(inRoute, anything).map((fields) => withRoute({ service: 'web', ...fields })),
      ),
      (configuration) => {
        try {
          gateway(configuration as GatewayConfiguration)
        } catch (error) {
          expect(error).toBeInstanceOf(ProxyError)
          expect((error as ProxyError).code).toBe('INVALID_ARGUMENT')
        }
      },
    ),
  )
})

test('a configuration is not changed, and one that refers to itself is refused like any other', () => {
  const frozen = Object.freeze({ ...good, routes: Object.freeze([Object.freeze({ service: 'web' })]) })
  gateway(frozen as unknown as GatewayConfiguration)
  const circular: Record<string, unknown> = { ...good }
  circular['routes'] = circular
  expect(problemsOf(circular)[0]).toBe('routes is an object: expected a list of routes')
})

test('defineGateway checks types and gives the same configuration', () => {
  expect({ ...defineGateway(good) }).toEqual(good)
  // @ts-expect-error a field that there is not
  defineGateway({ ...good, routes: [{ service: 'web', pth: '/x' }] })
  // @ts-expect-error a balancer that there is not
  defineGateway({ ...good, services: { web: { targets: ['127.0.0.1:1'], balancer: 'fair' } } })
})
