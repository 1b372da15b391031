import { algo, pipy } from 'sluice'

const targets = JSON.parse(process.env['FAILOVER_TARGETS'] ?? '[]') as string[]
const balancer = new algo.RoundRobinLoadBalancer(targets)

/** Takes turns among the targets, and knows nothing of how they are: what a proxy loses that has no service. */
export default pipy({ target: '' })
  .listen('127.0.0.1:0')
  .demuxHTTP('request')

  .pipeline('request')
  .handleMessageStart((_, $) => {
    $.target = balancer.select() ?? ''
  })
  .muxHTTP('connection', ($) => $.target)

  .pipeline('connection')
  .connect(($) => $.target)
