import { AutoRouter, type IRequest } from 'itty-router'
import { pipy } from 'sluice'
import { sluice } from 'sluice/itty-router'

interface Env {
  UPSTREAM?: string
}

const proxy = pipy({ user: '', address: '' })
  .listen(8000)
    .demuxHTTP('request')

  .pipeline('request')
    .handleMessageStart(({ head }, $) => {
      head.headers['x-user'] = $.user
    })
    .muxHTTP('connection', ($) => $.address)

  .pipeline('connection')
    .connect(($) => $.address)

const router = AutoRouter()

router.get('/', () => ({ from: 'itty-router' }))

router.all(
  '/api/:user/*',
  sluice(proxy, {
    stripPrefix: '/api',
    variables: ({ params }: IRequest, env: Env) => ({
      user: params['user'] ?? '',
      address: env.UPSTREAM ?? '127.0.0.1:8080',
    }),
  }),
)

export default { fetch: router.fetch }
