/** Values that stand in no file: `{ env }`. */
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { ProxyError } from 'sluice'
import { gateway, type GatewayConfiguration } from 'sluice/gateway'
import { serve } from 'sluice/node'
import { describeGateway } from '../../src/gateway/describe-gateway.ts'
import { explainRequest } from '../../src/gateway/explain-request.ts'
import { startWorker } from '../adapters/cloudflare/support/start-worker.ts'
import { HttpClient } from '../end-to-end/support/http-client.ts'
import { Upstream } from '../end-to-end/support/upstream.ts'

vi.setConfig({ testTimeout: 30_000 })

const SECRET = 'a secret of 24 letters..'
const KEY = 'Bearer key-of-the-upstream'

const configuration = (address = '127.0.0.1:1'): GatewayConfiguration => ({
  listen: '127.0.0.1:0',
  services: {
    web: {
      targets: [address],
      sticky: { by: 'cookie', secrets: [{ env: 'COOKIE_SECRET' }, 'an old one, in the file'] },
    },
  },
  routes: [
    {
      name: 'inner',
      path: '/inner/*',
      header: { 'x-origin': { env: 'ORIGIN' } },
      query: { key: { env: 'QUERY_KEY' } },
      service: 'web',
    },
    {
      name: 'web',
      path: '/web/*',
      service: 'web',
      requestHeaders: { set: { authorization: { env: 'KEY' }, 'x-plain': 'plain' } },
      answerHeaders: { set: { 'x-region': { env: 'REGION' } } },
    },
    {
      name: 'literal',
      path: '/literal',
      header: { 'x-token': 'letmein-literal' },
      service: 'web',
      requestHeaders: { set: { 'x-api-key': 'literal-key' } },
    },
  ],
})

const env = { COOKIE_SECRET: SECRET, KEY, REGION: 'eu', ORIGIN: 'the-front', QUERY_KEY: 'the key' }

function problemsOf(env: object): string {
  try {
    gateway(configuration(), { env })
  } catch (error) {
    expect((error as ProxyError).code).toBe('INVALID_ARGUMENT')
    return (error as ProxyError).message
  }
  throw new Error('it was taken')
}

const echo = (): Promise<Upstream> =>
  Upstream.start('echo', (request, response) => response.end(`${request.headers.authorization} ${request.url}`))

async function start(given: GatewayConfiguration): Promise<HttpClient> {
  const server = await serve(gateway(given, { env }))
  onTestFinished(() => server.close())
  return await HttpClient.connect(server.addresses[0]?.port as number)
}

describe('{ env }', () => {
  test('is the value of a variable: in fields, in conditions, and of a secret that signs cookies', async () => {
    const { address } = await echo()
    const client = await start(configuration(address))
    const answer = await client.get('/web/x')
    expect(answer.body).toBe(`${KEY} /web/x`)
    expect(answer.headers).toMatchObject({ 'x-region': 'eu' })
    expect((await client.get('/inner/x?key=the+key')).status).toBe(404)
    client.send('GET /inner/x?key=the+key HTTP/1.1\r\nHost: a\r\nX-Origin: the-front\r\n\r\n')
    expect((await client.readAnswer()).body).toBe('undefined /inner/x?key=the+key')
    const [cookie = ''] = /sluice-target=[^;]+/.exec(String(answer.headers['set-cookie'])) ?? []
    expect(cookie).not.toBe('')
    // A gateway with the same secret knows the cookie, and issues no other one; one with another secret does.
    const ask = async (secrets: readonly string[]): Promise<unknown> => {
      const other = await start({
        listen: '127.0.0.1:0',
        services: { web: { targets: [address], sticky: { by: 'cookie', secrets: [...secrets] } } },
        default: { service: 'web' },
      })
      other.send(`GET / HTTP/1.1\r\nHost: a\r\nCookie: ${cookie}\r\n\r\n`)
      return (await other.readAnswer()).headers['set-cookie']
    }
    expect(await ask([SECRET])).toBeUndefined()
    expect(await ask(['another secret, not that one'])).toBeDefined()
  })

  test.each([
    ['none', {}],
    ['no text', { COOKIE_SECRET: 5 }],
    ['too short', { COOKIE_SECRET: 'short-value' }],
    ['that no field can hold', { KEY: 'two\nlines-value' }],
  ])('is refused when the variable is %s: with the field and its name, and never the value', (_, changed) => {
    const given: Record<string, unknown> = { ...env, ...changed }
    const [[name, value] = []] = Object.entries(changed)
    if (name === undefined) delete given['COOKIE_SECRET']
    const text = problemsOf(given)
    const expected =
      name === 'KEY'
        ? 'routes[1].requestHeaders.set.authorization is {"env":"KEY"}: the variable KEY holds what a header field cannot, expected one line of text without blanks around it'
        : `services.web.sticky.secrets[0] is {"env":"COOKIE_SECRET"}: ${
            value === undefined
              ? 'the environment has no variable COOKIE_SECRET'
              : value === 5
                ? 'the variable COOKIE_SECRET is no text, but of type number'
                : 'the variable COOKIE_SECRET is too short, expected 16 characters or more'
          }`
    expect(text).toBe(`Cannot use the configuration: ${expected}`)
  })

  test('tells of all variables that are not there at once', () => {
    expect(problemsOf({}).match(/has no variable \w+/g)).toEqual(
      ['COOKIE_SECRET', 'ORIGIN', 'QUERY_KEY', 'KEY', 'REGION'].map((name) => `has no variable ${name}`),
    )
  })
})

test('neither --check nor explain shows a secret, from a variable or from the file', () => {
  const proxy = gateway(configuration(), { env })
  const ask = (path: string): string =>
    explainRequest(proxy.plan, { method: 'GET', url: new URL(path, 'http://a'), headers: { 'x-origin': 'me' } })
  const text = [describeGateway(proxy), ask('/inner/x'), ask('/web/x'), ask('/literal')].join('\n')
  for (const secret of [SECRET, KEY, env.ORIGIN, env.QUERY_KEY, 'an old one', 'letmein-literal', 'literal-key']) {
    expect(text).not.toContain(secret)
  }
  expect(text).toContain('sticky by cookie, signed with $COOKIE_SECRET')
  expect(text).toContain('request gets authorization: $KEY')
  expect(text).toContain('request gets x-plain: plain')
  expect(text).toContain('request gets x-api-key: (not shown)')
  expect(text).toContain('"inner" (/inner/* with x-origin: $ORIGIN and ?key=$QUERY_KEY)')
  expect(text).toContain('x-origin is "me", expected that of $ORIGIN')
  expect(text).toContain('there is no x-token, expected the one of the route')
})

test('a mistake beside a secret does not show it', () => {
  const sticky = { by: 'cookie', secrets: [SECRET], token: SECRET }
  const routes = [{ requestHeaders: { set: { authorization: SECRET } } }]
  const given = { listen: 0, services: { web: { targets: ['127.0.0.1:1'], sticky } }, routes }
  expect(() => gateway(given as unknown as GatewayConfiguration)).toThrow(
    /sticky\.token is \(not shown\): there is no such field[^]*routes\[0\] is \{"requestHeaders":\{"set":\{"authorization":"\(not shown\)"/,
  )
})

test('a Worker takes the values from its bindings: worker((env) => gateway(configuration, { env }))', async () => {
  const { address } = await echo()
  const code = `
    import { worker } from 'sluice/cloudflare'
    import { gateway } from 'sluice/gateway'
    export default worker((env) => gateway(${JSON.stringify(configuration(address))}, { env }))`
  const started = await startWorker({ code, vars: env })
  onTestFinished(() => started.dispose())
  const answer = await fetch(new URL('/web/x', started.url))
  expect([await answer.text(), answer.headers.get('x-region')]).toEqual([`${KEY} /web/x`, 'eu'])
  const without = await startWorker({ code, vars: { ...env, COOKIE_SECRET: 'short-value' } })
  onTestFinished(() => without.dispose())
  const refused = await fetch(without.url)
  expect([refused.status, await refused.text()]).toEqual([
    500,
    'Cannot use the configuration: services.web.sticky.secrets[0] is {"env":"COOKIE_SECRET"}: the variable COOKIE_SECRET is too short, expected 16 characters or more\n',
  ])
})
