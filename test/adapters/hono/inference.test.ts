/** Types are what is tested here: `tsc` reads this file as well. */
import { type Context as HonoContext, Hono } from 'hono'
import { type Context, pipy } from 'sluice'
import { sluice } from 'sluice/hono'
import { expect, expectTypeOf, test } from 'vitest'

interface Env {
  Bindings: { REGION: string }
  Variables: { user: string }
}

const proxy = pipy({ user: '', region: '', count: 0 }).listen(0).dummy()
const variables = { user: 'ann' }

test('sluice is a handler and a middleware of an application with Bindings and Variables', () => {
  const app = new Hono<Env>()
  app.all('/api/*', sluice(proxy))
  app.use('/api/*', sluice(proxy))
  app.use(sluice(proxy, { variables: (c) => ({ user: c.get('user'), region: c.env.REGION }) }))
  app.all(
    '/typed/*',
    sluice(proxy, { variables: (c: HonoContext<Env>) => ({ user: c.var.user, region: c.env.REGION }) }),
  )
  app.get('/some', (c, next) => (c.var.user === '' ? sluice(proxy)(c) : next()))
  expectTypeOf(sluice(proxy)).returns.resolves.toEqualTypeOf<Response>()
  expect(app.routes).toHaveLength(5)
})

test('sluice refuses variables that the proxy has not, or has with another type', () => {
  // @ts-expect-error the proxy has no such variable
  expect(sluice(proxy, { variables: () => ({ usr: '' }) })).toBeTypeOf('function')
  // @ts-expect-error nor this one, beside another that it has
  expect(sluice(proxy, { variables: () => ({ user: '', more: 1 }) })).toBeTypeOf('function')
  // @ts-expect-error of another type
  expect(sluice(proxy, { variables: () => ({ user: 1 }) })).toBeTypeOf('function')
  // @ts-expect-error the application has no such binding
  expect(sluice(proxy, { variables: (c: HonoContext<Env>) => ({ user: c.env.NONE }) })).toBeTypeOf('function')
  // @ts-expect-error the application has no such variable
  expect(sluice(proxy, { variables: (c: HonoContext<Env>) => ({ user: c.get('none') }) })).toBeTypeOf('function')
})

test('serveFetch takes an application without a cast, which sees the variables as its Bindings', () => {
  const app = new Hono<{ Bindings: Context<typeof variables> }>()
  app.get('/', (c) => {
    expectTypeOf(c.env.user).toEqualTypeOf<string>()
    return c.text(c.env.user)
  })
  expect(
    pipy(variables)
      .listen(0)
      .demuxHTTP((request) => request.serveFetch(app.fetch)).listeners,
  ).toHaveLength(1)
  expect(pipy(variables).listen(0).serveFetch(new Hono().fetch).listeners).toHaveLength(1)
})
