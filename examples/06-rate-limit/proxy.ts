import { algo, pipy } from 'sluice'

/** Of each client: five requests a minute, which it may send at once. */
const requests = new algo.Quota(5, { perMs: 60_000 })
/** At the service, from all clients together: so many requests at once. */
const underWay = new algo.Quota(100)
/** Of the answers to each client: bytes in a second. */
const bytes = new algo.Quota(1024 * 1024, { perMs: 1000 })

export default pipy({ client: '', isProbe: false })
  .listen(8000)
    .demuxHTTP('request')

  .pipeline('request')
    .handleMessageStart(({ head }, $) => {
      $.client = $.__inbound?.remoteAddress ?? ''
      $.isProbe = head.path === '/health'
    })
    .link(
      'service', ($) => $.isProbe,
      'limited',
    )

  .pipeline('limited')
    .throttleMessageRate(requests, { key: ($) => $.client, excess: 'reject' })
    .link('service')

  .pipeline('service')
    .throttleConcurrency(underWay, { priority: ($) => ($.isProbe ? 1 : 0), maxQueue: 200, timeoutMs: 5_000 })
    .muxHTTP('connection', () => 'service', { maxConnections: 100 })
    .throttleDataRate(bytes, { key: ($) => $.client })

  .pipeline('connection')
    .connect('127.0.0.1:8080')
