import { Message, pipy } from 'sluice'

/** Two servers that answer by themselves: one the same for everybody, one from the request and its client. */
export default pipy()
  .listen(8080)
    .serveHTTP(new Message('Hello, world!\n'))

  .listen(8081)
    .serveHTTP(({ head }, $) => {
      const text = `${$.__inbound?.remoteAddress} sent ${head.method} ${head.path}\n`
      return new Message({ headers: { 'content-type': 'text/plain' } }, text)
    })
