/** A Hono application around a proxy, as the suite of frameworks asks it. */
import { type Context as HonoContext, Hono } from 'hono'
import { type Context, pipy } from 'sluice'
import { sluice } from 'sluice/hono'
import { proxy } from '../support/application-proxy.ts'

interface Env {
  Bindings: { REGION?: string }
  Variables: { user: string }
}

/** The end of a pipeline. What Hono calls Bindings is the session's variables there. */
const variables = { greeting: 'hello', asked: 0 }
const inner = new Hono<{ Bindings: Context<typeof variables> }>()
inner.get('/inner/:name', (c) => c.text(`${c.env.greeting} ${c.req.param('name')} ${++c.env.asked}`))
inner.post('/inner/echo', (c) => new Response(c.req.raw.body))

const served = pipy(variables)
  .listen(0)
  .demuxHTTP((request) => request.serveFetch(inner.fetch))

const app = new Hono<Env>()
app.get('/own', (c) => c.text('own'))
app.all('/at/*', sluice(proxy))
app.use('/base/*', async (c, next) => {
  c.set('user', c.req.header('x-user') ?? 'anonymous')
  await next()
  c.header('x-application', 'seen')
})
app.route(
  '/base',
  new Hono<Env>().all(
    '/api/*',
    sluice(proxy, {
      stripPrefix: '/base/api',
      variables: (c: HonoContext<Env>) => ({ user: c.get('user'), region: c.env.REGION ?? 'none' }),
    }),
  ),
)
app.use('/read/*', async (c, next) => {
  await c.req.text()
  await next()
})
app.all('/read/at/*', sluice(proxy))
app.all('/read/base/*', sluice(proxy, { stripPrefix: '/read/base' }))
app.all('/inner/*', sluice(served, { variables: () => ({ greeting: 'hi' }) }))

export default app
