/** Types are what is tested here: `tsc` reads this file as well. */
import { AutoRouter, type IRequest, IttyRouter, Router } from 'itty-router'
import { type Context, pipy } from 'sluice'
import { sluice } from 'sluice/itty-router'
import { expect, expectTypeOf, test } from 'vitest'

interface Env {
  REGION: string
}

const proxy = pipy({ user: '', region: '', count: 0 }).listen(0).dummy()
const variables = { user: 'ann' }

test('sluice is a handler of all three routers', () => {
  for (const router of [AutoRouter(), Router(), IttyRouter()]) router.all('/api/*', sluice(proxy))
  const router = Router<IRequest, [Env]>()
  router.all(
    '/api/:user/*',
    sluice(proxy, { variables: ({ params }, env: Env) => ({ user: params['user'] ?? '', region: env.REGION }) }),
  )
  expectTypeOf(sluice(proxy)).returns.resolves.toEqualTypeOf<Response>()
  expect(router.routes).toHaveLength(1)
})

test('sluice refuses variables that the proxy has not, or has with another type', () => {
  // @ts-expect-error the proxy has no such variable
  expect(sluice(proxy, { variables: () => ({ usr: '' }) })).toBeTypeOf('function')
  // @ts-expect-error of another type
  expect(sluice(proxy, { variables: () => ({ user: 1 }) })).toBeTypeOf('function')
  // @ts-expect-error there is no such binding
  expect(sluice(proxy, { variables: (_, env: Env) => ({ user: env.NONE }) })).toBeTypeOf('function')
})

test('serveFetch takes a router without a cast, whose handlers get the variables behind the request', () => {
  const router = Router<IRequest, [Context<typeof variables>]>()
  router.get('/', (_, $) => {
    expectTypeOf($.user).toEqualTypeOf<string>()
    return new Response($.user)
  })
  for (const { fetch } of [router, AutoRouter(), IttyRouter()]) {
    expect(pipy(variables).listen(0).serveFetch(fetch).listeners).toHaveLength(1)
  }
})
