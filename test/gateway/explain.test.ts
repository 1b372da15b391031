import { describe, expect, test } from 'vitest'
import { gateway } from 'sluice/gateway'
import { describeGateway } from '../../src/gateway/describe-gateway.ts'
import { explainRequest } from '../../src/gateway/explain-request.ts'

const proxy = gateway({
  listen: [8000, '127.0.0.1:8001'],
  services: {
    web: '127.0.0.1:8080',
    users: {
      targets: [
        '127.0.0.1:8081',
        { address: '127.0.0.1:8082', weight: 2 },
        { address: '127.0.0.1:8083', priority: 1 },
        { address: '127.0.0.1:8084', weight: 3, priority: 1 },
      ],
      balancer: 'least-connections',
      sticky: { by: 'header', name: 'x-session' },
      health: { check: { type: 'http', path: '/healthz' } },
      retry: { attempts: 1, on: ['connect-failure', 503] },
      timeouts: { responseMs: 5000, exchangeMs: 30_000 },
      limits: { maxConcurrentRequests: 100 },
    },
  },
  routes: [
    { name: 'shop', host: ['shop.example', '*.shop.example'], service: 'web' },
    {
      name: 'users',
      path: '/users/:id/*',
      method: ['GET', 'HEAD'],
      header: { 'x-version': '2' },
      service: 'users',
      rewrite: { path: '/v2/:id/*' },
      requestHeaders: { set: { 'X-From': 'gateway' }, remove: ['cookie'] },
      answerHeaders: { remove: ['server'] },
      timeouts: { responseMs: 100 },
    },
    { name: 'old', path: '/old/*', redirect: { to: 'https://new.example/*', status: 301 } },
    { name: 'gone', path: '/old/*', method: 'POST', answer: { status: 410 } },
  ],
  default: { answer: { status: 404 } },
})

test('describeGateway shows routes in their order, with what they do, services and warnings', () => {
  expect(describeGateway(proxy)).toMatchInlineSnapshot(`
    "listen *:8000
    listen 127.0.0.1:8001

    routes, in the order in which they are tried
      1. "shop" (shop.example/*)
         -> service "web"
      2. "shop" (*.shop.example/*)
         -> service "web"
      3. "users" (GET or HEAD /users/:id/* with x-version: 2)
         -> service "users"
         path becomes /v2/:id/*
         request loses cookie
         request gets x-from: gateway
         answer loses server
         timeouts answer 100 ms
      4. "gone" (POST /old/*)
         -> answer 410
      5. "old" (/old/*)
         -> redirect 301 to https://new.example/*
      otherwise
         -> answer 404

    service "web"
      targets 127.0.0.1:8080; round-robin
      retries 2 on connect-failure, reset
      timeouts connect 10000 ms, answer 60000 ms, body 60000 ms, in all no limit

    service "users"
      targets 127.0.0.1:8081, 127.0.0.1:8082 (weight 2), 127.0.0.1:8083 (priority 1), 127.0.0.1:8084 (weight 3, priority 1); least-connections
      sticky by header x-session
      checked by GET /healthz every 5000 ms
      retries 1 on connect-failure, 503
      timeouts connect 10000 ms, answer 5000 ms, body 60000 ms, in all 30000 ms
      limits maxConcurrentRequests 100"
  `)
})

describe('explainRequest', () => {
  const explain = (method: string, url: string, headers: Readonly<Record<string, string>> = {}): string =>
    explainRequest(proxy.plan, { method, url: new URL(url), headers })

  test('says which route takes a request, where it goes and what is changed, and why others do not take it', () => {
    expect(explain('GET', 'http://a.example/users/7/x?q=1', { 'x-version': '2' })).toMatchInlineSnapshot(`
      "Route "users" (GET or HEAD /users/:id/* with x-version: 2) takes it: :id is "7", * is "x"
        service "users"
        request loses cookie
        request gets x-from: gateway
        answer loses server
        path /users/7/x?q=1 becomes /v2/7/x?q=1
        targets 127.0.0.1:8081, 127.0.0.1:8082 (weight 2), 127.0.0.1:8083 (priority 1), 127.0.0.1:8084 (weight 3, priority 1); least-connections
        sticky by header x-session
        checked by GET /healthz every 5000 ms
        retries 1 on connect-failure, 503
        timeouts connect 10000 ms, answer 100 ms, body 60000 ms, in all 30000 ms
        limits maxConcurrentRequests 100

      Tried before it, in this order:
        "shop" (shop.example/*): the host is "a.example", not shop.example
        "shop" (*.shop.example/*): the host is "a.example", not *.shop.example"
    `)
  })

  test('says of each route that was tried which of its conditions does not hold', () => {
    expect(explain('POST', 'http://a.example/users/7', { 'x-version': '3' })).toMatchInlineSnapshot(`
      "No route takes it: the default does
        answer 404

      Tried, in this order:
        "shop" (shop.example/*): the host is "a.example", not shop.example
        "shop" (*.shop.example/*): the host is "a.example", not *.shop.example
        "users" (GET or HEAD /users/:id/* with x-version: 2): the method is POST, not GET or HEAD
        "gone" (POST /old/*): path "/users/7" does not fit /old/*
        "old" (/old/*): path "/users/7" does not fit /old/*"
    `)
    expect(explain('GET', 'http://a.example/users/7')).toContain('there is no x-version, expected "2"')
    expect(explain('GET', 'http://a.example/users/7', { 'x-version': '3' })).toContain('x-version is "3", expected "2"')
  })

  test('says which condition for the query does not hold', () => {
    const { plan } = gateway({
      listen: 0,
      routes: [
        { name: 'pages', query: { page: { regex: '\\d+' }, lang: 'en' }, answer: {} },
        { name: 'debug', query: { debug: true }, answer: {} },
        { name: 'new', path: '/x', query: { old: false }, answer: {} },
      ],
    })
    const ask = (path: string): string => explainRequest(plan, { method: 'GET', url: new URL(path, 'http://a') })
    expect(ask('/?page=1&lang=en')).toMatch(/^Route "pages" \(with \?page=\/\\d\+\/ and \?lang=en\) takes it\n/)
    const refused = ask('/x?page=1%20x&old')
    expect(refused).toContain('"pages" (with ?page=/\\d+/ and ?lang=en): ?page is "1 x", expected /\\d+/')
    expect(refused).toContain('"debug" (with ?debug): there is no ?debug, expected any')
    expect(refused).toContain('"new" (/x with no ?old): ?old is "", expected none')
    expect(ask('/?page=1&lang=de')).toContain('?lang is "de", expected "en"')
  })

  test('says where a redirect leads', () => {
    expect(explain('GET', 'http://a.example/old/x?y')).toContain('location https://new.example/x?y')
  })

  test('takes the Host that it is told over that of the URL', () => {
    expect(explain('GET', 'http://127.0.0.1:8000/', { host: 'www.shop.example' })).toMatch(
      /^Route "shop" \(\*\.shop\.example\/\*\) takes it/,
    )
  })
})
