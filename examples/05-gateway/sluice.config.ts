import { defineGateway } from 'sluice/gateway'

export default defineGateway({
  listen: 8000,
  services: {
    web: '127.0.0.1:8080',
    hi: {
      targets: ['127.0.0.1:8081', '127.0.0.1:8082'],
      timeouts: { responseMs: 5000 },
    },
  },
  routes: [
    {
      name: 'hi',
      path: '/hi/*',
      method: ['GET', 'HEAD'],
      service: 'hi',
      rewrite: { stripPrefix: '/hi' },
      answerHeaders: { set: { 'x-route': 'hi' } },
    },
    { name: 'hello', path: '/hello/:name', redirect: { to: '/hi/:name', status: 308 } },
    { name: 'inner', path: '/admin/*', answer: { status: 403, body: 'Not for you\n' } },
  ],
  default: { service: 'web' },
})
