import { buildProxy } from '../../src/engine/build-proxy.ts'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { createContext } from '../../src/engine/context.ts'
import type { Pipeline } from '../../src/engine/pipeline.ts'
import type { Event } from '../../src/events.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { PlayedTransport } from './played-transport.ts'
import { showEvent } from './show-event.ts'

/** A live pipeline with both of its ends in the test's hands. */
export interface OpenPipeline {
  readonly pipeline: Pipeline
  /** What came out, each event in one word. */
  readonly output: string[]
  /** How often the source is paused now: 0 means that it flows. */
  readonly source: { pauses: number; mostPauses: number }
  readonly log: RecordingLog
}

export interface OpenPipelineOptions {
  /** The named pipelines. @default none */
  readonly pipelines?: Readonly<Record<string, readonly FilterRecipe[]>>
  /** Is told each event that comes out. @default nobody is */
  readonly onOutput?: (event: Event, pipeline: Pipeline) => void
}

/** Opens a pipeline of the given filters, as a listener opens one for a connection. */
export function openPipeline(filters: readonly FilterRecipe[], options: OpenPipelineOptions = {}): OpenPipeline {
  const log = new RecordingLog()
  const output: string[] = []
  const source = { pauses: 0, mostPauses: 0 }
  const proxy = buildProxy(
    {
      variables: {},
      listeners: [{ host: '', port: 8000, options: {}, filters }],
      tasks: [],
      pipelines: new Map(Object.entries(options.pipelines ?? {})),
    },
    { transport: new PlayedTransport(), log },
  )
  const [listener] = proxy.listeners
  if (listener === undefined) throw new Error('The proxy was built without its listener')
  const pipeline: Pipeline = listener.layout.open(
    createContext({}, null),
    {
      process: (event) => {
        output.push(showEvent(event))
        options.onOutput?.(event, pipeline)
      },
    },
    {
      pause: () => {
        source.mostPauses = Math.max(source.mostPauses, ++source.pauses)
      },
      resume: () => void source.pauses--,
    },
  )
  return { pipeline, output, source, log }
}
