/** An application of itty-router around a proxy, as the suite of frameworks asks it. */
import { AutoRouter, type IRequest, Router, text } from 'itty-router'
import { type Context, pipy } from 'sluice'
import { sluice } from 'sluice/itty-router'
import { proxy } from '../support/application-proxy.ts'

interface Env {
  REGION?: string
}

/** The end of a pipeline. What itty-router hands on behind the request is the session's variables there. */
const variables = { greeting: 'hello', asked: 0 }
const inner = Router<IRequest, [Context<typeof variables>]>()
inner.get('/inner/:name', ({ params }, $) => text(`${$.greeting} ${params['name']} ${++$.asked}`))
inner.post('/inner/echo', ({ body }) => new Response(body))

const served = pipy(variables)
  .listen(0)
  .demuxHTTP((request) => request.serveFetch(inner.fetch))

const base = Router<IRequest, [Env]>({ base: '/base' })
base.all('*', (request) => {
  request['user'] = request.headers.get('x-user') ?? 'anonymous'
})
base.all(
  '/api/*',
  sluice(proxy, {
    stripPrefix: '/base/api',
    variables: (request, env: Env) => ({ user: String(request['user']), region: env.REGION ?? 'none' }),
  }),
)

const router = AutoRouter({
  finally: [
    (response: Response, { url }: IRequest) => {
      if (url.includes('/base/')) response.headers.set('x-application', 'seen')
    },
  ],
})
router.get('/own', () => text('own'))
router.all('/at/*', sluice(proxy))
router.all('/base/*', base.fetch)
router.all('/read/*', async (request: IRequest) => {
  await request.text()
})
router.all('/read/at/*', sluice(proxy))
router.all('/read/base/*', sluice(proxy, { stripPrefix: '/read/base' }))
router.all('/inner/*', sluice(served, { variables: () => ({ greeting: 'hi' }) }))

export default { fetch: router.fetch }
