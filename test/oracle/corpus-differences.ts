import { toBytes } from '../http/bytes.ts'
import { REQUEST_CASES } from '../http-corpus/requests/index.ts'
import { RESPONSE_CASES } from '../http-corpus/responses/index.ts'
import { type ExplainedDifference, explainDifference } from './explain-difference.ts'
import { httpParserJsReader } from './readers/http-parser-js-reader.ts'
import { llhttpReader } from './readers/llhttp-reader.ts'
import { NodeServerReader } from './readers/node-server.ts'
import { sluiceReader } from './readers/sluice-reader.ts'

/** One case of the corpus, as Sluice and one other parser read it. */
export interface CorpusComparison {
  readonly reader: string
  /** The case's name. */
  readonly name: string
  readonly isRequest: boolean
  /** Whether Sluice refuses something of it. */
  readonly isRefused: boolean
  /** undefined when both agree. */
  readonly difference: ExplainedDifference | undefined
}

/** Has all cases of the corpus read by Sluice and by each other parser. Node's server is asked about requests only. */
export async function compareCorpus(): Promise<readonly CorpusComparison[]> {
  const comparisons: CorpusComparison[] = []
  const node = await NodeServerReader.start()
  try {
    for (const { name, bytes: text, ends } of Object.values(REQUEST_CASES).flat()) {
      const bytes = toBytes(text)
      const options = { isRequest: true, requestMethod: 'GET', ends }
      const ours = sluiceReader.read(bytes, options)
      const readings = [
        [httpParserJsReader.name, httpParserJsReader.read(bytes, options)],
        [llhttpReader.name, llhttpReader.read(bytes, options)],
        [node.name, await node.read(bytes, options)],
      ] as const
      for (const [reader, theirs] of readings) {
        const difference = explainDifference({ reader, options, text, ours, theirs })
        comparisons.push({ reader, name, isRequest: true, isRefused: ours.refusal !== undefined, difference })
      }
    }
  } finally {
    await node.close()
  }
  for (const { name, bytes: text, ends, request } of Object.values(RESPONSE_CASES).flat()) {
    const bytes = toBytes(text)
    const options = { isRequest: false, requestMethod: request.split(' ')[0] as string, ends }
    const ours = sluiceReader.read(bytes, options)
    for (const { name: reader, read } of [httpParserJsReader, llhttpReader]) {
      const difference = explainDifference({ reader, options, text, ours, theirs: read(bytes, options) })
      comparisons.push({ reader, name, isRequest: false, isRefused: ours.refusal !== undefined, difference })
    }
  }
  return comparisons
}
