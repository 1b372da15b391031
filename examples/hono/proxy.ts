import { pipy } from 'sluice'

/** What the application fills in for each request. */
export default pipy({ user: '', address: '' })
  .listen(8000)
    .demuxHTTP('request')

  .pipeline('request')
    .handleMessageStart(({ head }, $) => {
      head.path = `/${$.user}${head.path}`
    })
    .muxHTTP('connection', ($) => $.address)

  .pipeline('connection')
    .connect(($) => $.address)
