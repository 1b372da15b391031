// Three small servers to try the proxies with. Each answer says which server gave it, over which of the connections
// that it accepted, and the how-manieth request on that connection it was.
pipy({
  _count: null,
})

.listen(8080)
  .link('serve')

.listen(8081)
  .link('serve')

.listen(8082)
  .link('serve')

.pipeline('serve')
  .handleSessionStart(
    () => _count = { requests: 0 }
  )
  .serveHTTP(
    ({ head }) => new Message(
      `${head.method} ${head.path} reached port ${__inbound.localPort}: ` +
      `connection ${__inbound.id}, request ${++_count.requests}\n`
    )
  )
