import { Message, pipy } from 'sluice'

const allowed = new Set(['127.0.0.1:8080', '127.0.0.1:8081'])

/** Opens tunnels with CONNECT, to the targets of a list and to no others. */
export default pipy({ target: '' })
  .listen(8000)
    .demuxHTTP('request')

  .pipeline('request')
    .acceptHTTPTunnel('tunnel', ({ head }, $) => {
      if (head.method !== 'CONNECT') {
        return new Message({ status: 405, headers: { allow: 'CONNECT' } }, 'CONNECT only\n')
      }
      $.target = head.path ?? ''
      if (!allowed.has($.target)) return new Message({ status: 403 }, 'Not allowed\n')
      return new Message({ status: 200 })
    })

  .pipeline('tunnel')
    .connect(($) => $.target)
