import { LineLog, type LineLogOptions } from '../../src/engine/line-log.ts'

export { LOG_LEVELS, type LineOutput, type LogLevel } from '../../src/engine/line-log.ts'

/** Where it writes has defaults: `process.stdout` and `process.stderr`. */
export type NodeLogOptions = Partial<Omit<LineLogOptions, 'timeOfDay'>>

/** A {@link LineLog} on the outputs of the process. */
export class NodeLog extends LineLog {
  constructor(options: NodeLogOptions = {}) {
    const { stdout, stderr } = process
    super({ stdout, stderr, ...options, timeOfDay: () => new Date().toISOString() })
  }
}
