// The proxy written with hono's proxy on @hono/node-server: node hono.js PORT FIRST SECOND
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'

const [port, first, second] = process.argv.slice(2)
const forwardTo = (upstream) => (context) => {
  const { pathname, search } = new URL(context.req.url)
  return proxy(`http://127.0.0.1:${upstream}${pathname}${search}`, { ...context.req, headers: context.req.header() })
}

const app = new Hono()
app.all('/hi', forwardTo(second))
app.all('/hi/*', forwardTo(second))
app.all('*', forwardTo(first))
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' })
