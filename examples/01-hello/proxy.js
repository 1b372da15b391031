// Two servers that answer by themselves.
pipy()

// The same for everybody.
.listen(8080)
  .serveHTTP(
    new Message('Hello, world!\n')
  )

// Made from the request, and from what is known of the client.
.listen(8081)
  .serveHTTP(
    ({ head }) => new Message(
      { headers: { 'content-type': 'text/plain' } },
      `${__inbound.remoteAddress} sent ${head.method} ${head.path}\n`
    )
  )
