import { expect, test } from 'vitest'
import { describeGraph } from '../../src/command/describe-graph.ts'
import { Message } from '../../src/events.ts'
import { pipy } from '../../src/pipy.ts'

test('describeGraph shows listeners, tasks and pipelines with where each filter leads', () => {
  const proxy = pipy({ target: '' })
    .listen(8000)
    .demuxHTTP('routing')
    .listen('[::1]:8443')
    .demuxHTTP('routing')
    .task(5000)
    .fork('report')
    .pipeline('routing')
    .handleMessageStart(() => undefined)
    .link('forward', ($) => $.target !== '', 'none')
    .pipeline('forward')
    .muxHTTP('connection')
    .pipeline('connection')
    .connect('127.0.0.1:8080')
    .pipeline('none')
    .replaceMessage(new Message({ status: 404 }))
    .pipeline('report')
    .dummy()
  expect(describeGraph(proxy)).toMatchInlineSnapshot(`
    "listen *:8000
      demuxHTTP -> "routing"

    listen [::1]:8443
      demuxHTTP -> "routing"

    task, every 5000 ms
      fork -> "report"

    pipeline "routing"
      handleMessageStart
      link -> "forward", "none"

    pipeline "forward"
      muxHTTP -> "connection"

    pipeline "connection"
      connect 127.0.0.1:8080

    pipeline "none"
      replaceMessage

    pipeline "report"
      dummy"
  `)
})

test('describeGraph shows pipelines given in place below their filter', () => {
  const proxy = pipy()
    .listen(0)
    .demuxHTTP((p) => p.muxHTTP((upstream) => upstream.connect('127.0.0.1:8080')))
    .listen(0)
    .branch(
      () => true,
      (p) => p.dummy(),
      (p) => p.pack(),
    )
  expect(describeGraph(proxy)).toMatchInlineSnapshot(`
    "listen *:0
      demuxHTTP -> (below)
        muxHTTP -> (below)
          connect 127.0.0.1:8080

    listen *:0
      branch -> (below), (below)
        (1)
          dummy
        (2)
          pack"
  `)
})

test('describeGraph marks a pipeline that nothing leads to', () => {
  const proxy = pipy().listen(0).dummy().pipeline('forgotten').dummy()
  expect(describeGraph(proxy)).toContain('pipeline "forgotten" (nothing leads to it)')
})
