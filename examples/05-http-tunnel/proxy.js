// Opens tunnels with CONNECT, to the targets of a list and to no others.
pipy({
  _allowed: [
    '127.0.0.1:8080',
    '127.0.0.1:8081',
  ],

  // Of the request under way: each request has a copy of these variables.
  _target: '',
})

.listen(8000)
  .demuxHTTP('request')

.pipeline('request')
  .acceptHTTPTunnel(
    'tunnel',
    ({ head }) => (
      _target = head.path,
      head.method !== 'CONNECT' ? new Message({ status: 405, headers: { allow: 'CONNECT' } }, 'CONNECT only\n') :
      _allowed.includes(_target) ? new Message({ status: 200 }) :
      new Message({ status: 403 }, 'Not allowed\n')
    )
  )

.pipeline('tunnel')
  .connect(() => _target)
