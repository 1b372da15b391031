/** A request that comes back as its own answer, through each filter that changes a body. */
import { expect, test } from 'vitest'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { Data, Message } from '../../src/events.ts'
import { demuxHTTP } from '../../src/filters/demux-http.ts'
import { handleMessageStart } from '../../src/filters/handle-message-start.ts'
import { pack } from '../../src/filters/pack.ts'
import { replaceData } from '../../src/filters/replace-data.ts'
import { replaceMessageBody } from '../../src/filters/replace-message-body.ts'
import { replaceMessage } from '../../src/filters/replace-message.ts'
import { runPipeline } from '../support/run-pipeline.ts'

const REQUEST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\ntext'
const READ = handleMessageStart(({ head }) => void head.path)

const LONGER: Readonly<Record<string, FilterRecipe>> = {
  replaceData: replaceData(new Data('longer')),
  replaceMessageBody: replaceMessageBody((body) => new Data(body.toString()?.replace('text', 'longer'))),
  replaceMessage: replaceMessage(({ head }) => new Message(head, 'longer')),
}

const SAME: Readonly<Record<string, readonly FilterRecipe[]>> = {
  'no filter': [],
  pack: [pack()],
  replaceMessage: [replaceMessage((message) => message)],
}

function answerTo(filters: readonly FilterRecipe[]): string {
  const session = runPipeline([demuxHTTP({ filters })]).feed(REQUEST)
  return session.output.map((event) => (event instanceof Data ? event.toString() : event.type)).join('')
}

test.each(Object.entries(LONGER))(
  '%s gives a body of another length the right one, whether the head was read or not',
  (_, filter) => {
    const expected = 'HTTP/1.1 200 OK\r\nHost: a\r\nContent-Length: 6\r\n\r\nlonger'
    expect([answerTo([filter]), answerTo([READ, filter]), answerTo([filter, READ])]).toEqual([
      expected,
      expected,
      expected,
    ])
  },
)

test.each(Object.entries(SAME))('a request comes back whole through %s', (_, filters) => {
  const expected = 'HTTP/1.1 200 OK\r\nHost: a\r\nContent-Length: 4\r\n\r\ntext'
  expect([answerTo(filters), answerTo([READ, ...filters])]).toEqual([expected, expected])
})
