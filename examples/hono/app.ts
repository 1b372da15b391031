import { type Context, Hono } from 'hono'
import { env } from 'hono/adapter'
import { sluice } from 'sluice/hono'
import proxy from './proxy.ts'

interface Env {
  Bindings: { UPSTREAM?: string }
  Variables: { user: string }
}

const app = new Hono<Env>()

app.get('/', (c) => c.text('Hello from Hono\n'))

/** Stands for a login. */
app.use('/api/*', async (c, next) => {
  const user = c.req.query('user')
  if (user === undefined) return c.text('Who are you?\n', 401)
  c.set('user', user)
  return await next()
})

app.all(
  '/api/*',
  sluice(proxy, {
    stripPrefix: '/api',
    variables: (c: Context<Env>) => ({
      user: c.get('user'),
      // On Node of the environment, in a Worker of its bindings.
      address: env(c).UPSTREAM ?? '127.0.0.1:8080',
    }),
  }),
)

export default app
