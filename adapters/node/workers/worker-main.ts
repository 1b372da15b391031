/** The program of a worker: what the primary starts, with the arguments of the command. */
import { widenInlining } from '../command/widen-inlining.ts'
import { runWorker } from './run-worker.ts'

// Whoever reads the outputs may be gone before the worker has answered its last request.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
widenInlining()
await runWorker(process.argv.slice(2))
