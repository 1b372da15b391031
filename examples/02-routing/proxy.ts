import { algo, Message, pipy } from 'sluice'

const services = new algo.URLRouter({
  '/*': '127.0.0.1:8080',
  '/hi/*': '127.0.0.1:8081',
})

/** Sends each request to the server that its host and path choose. Clients share one connection per server. */
export default pipy({ address: '' })
  .listen(8000)
    .demuxHTTP('request')

  .pipeline('request')
    .handleMessageStart(({ head }, $) => {
      $.address = services.find(head.headers.host, head.path) ?? ''
    })
    .link(
      'upstream', ($) => $.address !== '',
      'no-route',
    )

  .pipeline('upstream')
    .muxHTTP('connection', ($) => $.address)

  .pipeline('connection')
    .connect(($) => $.address)

  .pipeline('no-route')
    .replaceMessage(new Message({ status: 404 }, 'No route'))
