import { algo, Message, pipy } from 'sluice'

const targets = JSON.parse(process.env['FAILOVER_TARGETS'] ?? '[]') as string[]
const options = JSON.parse(process.env['FAILOVER_SERVICE'] ?? '{}') as Omit<algo.ServiceOptions, 'targets'>
const forwardOptions = JSON.parse(process.env['FAILOVER_FORWARD'] ?? '{}') as {
  readonly checkout?: 'request' | 'session'
}

const service = new algo.Service({
  ...options,
  targets,
  onTargetState: ({ target, from, to, reason }) => {
    const atMs = performance.timeOrigin + performance.now()
    process.stdout.write(`state ${JSON.stringify({ atMs, address: target.address, from, to, reason })}\n`)
  },
})

/** Forwards to a service, writes a line for each change of a target, and tells its statistics on a port of its own. */
export default pipy({})
  .listen('127.0.0.1:0')
  .demuxHTTP('request')

  .pipeline('request')
  .forward(service, forwardOptions)

  .listen('127.0.0.1:0')
  .serveHTTP((message) => {
    if (message.head.method === 'PUT') service.set(JSON.parse(message.body?.toString() ?? '[]') as string[])
    return new Message(JSON.stringify(service.statistics))
  })
