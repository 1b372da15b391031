/** Services whose targets are found while the gateway runs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { gateway, type GatewayConfiguration, type GatewayService } from 'sluice/gateway'
import { serve } from 'sluice/node'
import { createProxyFetch } from '../../adapters/node/proxy-fetch.ts'
import { describeGateway } from '../../src/gateway/describe-gateway.ts'
import { explainRequest } from '../../src/gateway/explain-request.ts'
import { startWorker } from '../adapters/cloudflare/support/start-worker.ts'
import { createScriptFolder } from '../end-to-end/support/script-folder.ts'
import { Upstream } from '../end-to-end/support/upstream.ts'
import { DnsServer } from '../support/dns-server.ts'
import { RecordingLog } from '../support/recording-log.ts'

vi.setConfig({ testTimeout: 30_000 })

const configurationOf = (web: GatewayService): GatewayConfiguration => ({
  listen: '127.0.0.1:0',
  services: { web },
  default: { service: 'web' },
})

/** A gateway that runs, and what it does. */
async function start(web: GatewayService, folder?: string) {
  const log = new RecordingLog()
  const proxy = gateway(configurationOf(web), { folder })
  const server = await serve(proxy, { log })
  onTestFinished(() => server.close())
  const ask = async (): Promise<string> =>
    await (await fetch(`http://127.0.0.1:${server.addresses[0]?.port}/`, { headers: { connection: 'close' } })).text()
  const targets = (): string[] => (proxy.services.get('web')?.targets ?? []).map(({ address }) => address)
  /** Waits until the service has these. */
  const has = (...addresses: readonly string[]): Promise<void> =>
    vi.waitFor(() => expect(targets()).toEqual(addresses), { timeout: 10_000, interval: 5 })
  return { server, ask, has, targets, log }
}

describe('a service with discover', () => {
  test('has the targets of a file from the first request on, and what it says later', async () => {
    const [one, two] = [await Upstream.start('one'), await Upstream.start('two')]
    const folder = createScriptFolder({ 'targets.yaml': `- ${one.address}\n` })
    const { ask, has } = await start({ discover: { file: './targets.yaml', settleMs: 5 } }, folder)
    expect(await ask()).toBe('one GET /')
    writeFileSync(join(folder, 'targets.yaml'), `- ${two.address}\n`)
    await has(two.address)
    expect(await ask()).toBe('two GET /')
  })

  test('has the addresses of a name with its port, asked for again when their time is over', async () => {
    const upstream = await Upstream.start('web')
    const dns = await DnsServer.start()
    dns.set('A', 'web.internal', [{ address: '127.0.0.1', ttl: 0 }])
    const { ask, has } = await start({
      discover: { dns: `web.internal:${upstream.port}`, servers: [dns.address], minIntervalMs: 5 },
    })
    expect(await ask()).toBe('web GET /')
    dns.set('A', 'web.internal', [{ address: '127.0.0.2', ttl: 0 }])
    await has(`127.0.0.2:${upstream.port}`)
  })

  test('has what SRV records lead to, and keeps it while the server fails', async () => {
    const upstream = await Upstream.start('web')
    const dns = await DnsServer.start()
    dns.set('SRV', '_http._tcp.web.internal', [{ target: 'a.internal', port: upstream.port, weight: 1 }])
    dns.set('A', 'a.internal', [{ address: '127.0.0.1', ttl: 0 }])
    const { ask, targets, log } = await start({
      discover: { srv: '_http._tcp.web.internal', servers: [dns.address], minIntervalMs: 5, maxIntervalMs: 20 },
    })
    expect(await ask()).toBe('web GET /')
    dns.failure = 'servfail'
    await vi.waitFor(() => expect(log.messages('warn').join()).toContain('the last list stays, 1 target'))
    expect(targets()).toEqual([upstream.address])
    expect(await ask()).toBe('web GET /')
    expect(log.messages('warn')[0]).toMatch(
      /^Cannot get targets of service "web" from DNS SRV of "_http\._tcp\.web\.internal": /,
    )
  })

  test('refuses an empty list unless it is told to take it', async () => {
    const upstream = await Upstream.start('web')
    const folder = createScriptFolder({ 'targets.yaml': `- ${upstream.address}\n` })
    const discover = { file: 'targets.yaml', settleMs: 5 }
    const [careful, willing] = [
      await start({ discover }, folder),
      await start({ discover: { ...discover, allowsEmpty: true } }, folder),
    ]
    writeFileSync(join(folder, 'targets.yaml'), '[]\n')
    await willing.has()
    await vi.waitFor(() => expect(careful.log.messages('warn').join()).toContain('the list is empty'))
    expect(careful.targets()).toEqual([upstream.address])
  })

  test('is not followed any more when the proxy has stopped', async () => {
    const dns = await DnsServer.start()
    dns.set('A', 'web.internal', [{ address: '127.0.0.1', ttl: 0 }])
    const { server } = await start({
      discover: { dns: 'web.internal:8080', servers: [dns.address], minIntervalMs: 5 },
    })
    await dns.asked(3)
    await server.drain()
    const countOf = (name: string): number => dns.questions.filter((question) => question === `A ${name}`).length
    const count = countOf('web.internal')
    // Another one that asks as often shows that the time for more was there.
    dns.set('A', 'other.internal', [{ address: '127.0.0.1', ttl: 0 }])
    await start({ discover: { dns: 'other.internal:8080', servers: [dns.address], minIntervalMs: 5 } })
    await vi.waitFor(() => expect(countOf('other.internal')).toBeGreaterThan(10))
    // One may have been on its way.
    expect(countOf('web.internal')).toBeLessThanOrEqual(count + 1)
  })

  test('that two services follow is asked for each of them, and one without a route for none', async () => {
    const dns = await DnsServer.start()
    for (const name of ['a', 'b', 'c']) dns.set('A', `${name}.internal`, [{ address: '127.0.0.1' }])
    const discover = (name: string) => ({ discover: { dns: `${name}.internal:80`, servers: [dns.address] } })
    const server = await serve(
      gateway({
        listen: '127.0.0.1:0',
        services: { a: discover('a'), b: discover('b'), c: discover('c') },
        routes: [
          { path: '/a', service: 'a' },
          { path: '/a/x', service: 'a', timeouts: { bodyMs: 1 } },
        ],
        default: { service: 'b' },
      }),
    )
    onTestFinished(() => server.close())
    expect(dns.questions.toSorted()).toEqual(['A a.internal', 'A b.internal'])
  })
})

test('a gateway inside an application has the targets that are found from its first request on', async () => {
  const upstream = await Upstream.start('web')
  const folder = createScriptFolder({ 'targets.yaml': `- ${upstream.address}\n` })
  const proxy = gateway(configurationOf({ discover: { file: 'targets.yaml' } }), { folder })
  const answer = await createProxyFetch(proxy as never, { log: new RecordingLog() })(new Request('http://a/x'))
  expect(await answer.text()).toBe('web GET /x')
})

test('a gateway whose source gives nothing opens its ports all the same, and answers 503 until it does', async () => {
  const upstream = await Upstream.start('web')
  const folder = createScriptFolder({})
  const { ask, has, log } = await start({ discover: { file: 'targets.yaml', settleMs: 5 } }, folder)
  expect(await ask()).toContain('Service Unavailable')
  expect(log.messages('warn')[0]).toContain(`Cannot read targets from ${folder}/targets.yaml: there is no such file`)
  writeFileSync(join(folder, 'targets.yaml'), `- ${upstream.address}\n`)
  await has(upstream.address)
  expect(await ask()).toBe('web GET /')
})

test('--check and explain say where the targets of a service are found', () => {
  const text = (web: GatewayService): string => {
    const proxy = gateway(configurationOf(web), { folder: '/srv' })
    const described = describeGateway(proxy)
    expect(explainRequest(proxy.plan, { method: 'GET', url: new URL('http://a/') })).toContain(
      described.split('\n').find((line) => line.includes('targets')) ?? 'nothing',
    )
    return described
  }
  expect(text({ discover: { dns: 'web.internal:8080' } })).toContain(
    '  targets from DNS A of "web.internal", port 8080; round-robin\n',
  )
  expect(text({ discover: { dns: 'w:1', type: 'AAAA', servers: ['10.0.0.53'] } })).toContain(
    '  targets from DNS AAAA of "w", port 1, asked of 10.0.0.53; round-robin\n',
  )
  expect(text({ discover: { srv: '_http._tcp.w' }, balancer: 'random' })).toContain(
    '  targets from DNS SRV of "_http._tcp.w"; random\n',
  )
  expect(text({ discover: { file: './targets.yaml' } })).toContain(
    '  targets from file /srv/targets.yaml; round-robin\n',
  )
  expect(text({ discover: { file: '/etc/targets.yaml' } })).toContain('  targets from file /etc/targets.yaml;')
})

test('a Worker, which finds no targets, refuses the gateway with the service and what to use instead', async () => {
  const code = `
    import { worker } from 'sluice/cloudflare'
    import { gateway } from 'sluice/gateway'
    export default worker(gateway(${JSON.stringify(configurationOf({ discover: { dns: 'web.internal:8080' } }))}))`
  const started = await startWorker({ code })
  onTestFinished(() => started.dispose())
  const answer = await fetch(started.url)
  expect([answer.status, await answer.text()]).toEqual([
    500,
    'Cannot find targets of service "web" from DNS A of "web.internal", port 8080 on cloudflare, which has no sources of targets: ' +
      'give it targets in place of discover, such as "web.internal:8080" or, in a Worker, "https://web.example" or "binding:NAME"\n',
  ])
})
