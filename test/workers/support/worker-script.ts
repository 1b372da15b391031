import { existsSync, readFileSync } from 'node:fs'

/**
 * A module that sends all requests to an upstream, over one connection for each client. It says which client's
 * connection it has taken, by the client's port, and in which process.
 */
export function forwardingModule(upstream: string): string {
  return `import { pipy } from 'sluice'

export default pipy()
  .listen('127.0.0.1:0')
    .handleSessionStart((_, $) => console.log('process ' + process.pid + ' took ' + $.__inbound.remotePort))
    .demuxHTTP('forward')
  .pipeline('forward')
    .muxHTTP('connection', ($) => $.__inbound.remotePort)
  .pipeline('connection')
    .connect('${upstream}')
`
}

/** The ports of the clients whose connections a process has accepted. */
export function portsTakenBy(pid: number, output: string): Set<number> {
  const lines = output.matchAll(new RegExp(`^\\[worker \\d+\\] process ${pid} took (\\d+)$`, 'gm'))
  return new Set([...lines].map(([, port]) => Number(port)))
}

/** A script that answers with the number of its worker. */
export const NUMBER_SCRIPT = `pipy()
.listen('127.0.0.1:0')
  .serveHTTP(() => new Message(String(os.env.SLUICE_WORKER)))
`

/** The process of each worker, by what the command says as it starts. */
export function readWorkerPids(output: string): number[] {
  return (/of pid ([\d, ]+)/.exec(output)?.[1] ?? '').split(', ').map(Number)
}

/** Whether a process runs; one that has ended and waits for its parent to take notice does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const file = `/proc/${pid}/stat`
  return !existsSync(file) || !/\) Z /.test(readFileSync(file, 'latin1'))
}
