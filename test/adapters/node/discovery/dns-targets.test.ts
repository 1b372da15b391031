import { algo } from 'sluice'
import { dnsTargets } from 'sluice/node'
import { describe, expect, test, vi } from 'vitest'
import type { FoundTargets } from '../../../../src/algorithms/service/target-source.ts'
import { ProxyError } from '../../../../src/errors.ts'
import { DnsServer } from '../../../support/dns-server.ts'
import { discoveryCases } from './discovery.cases.ts'

vi.setConfig({ testTimeout: 20_000 })

async function ask(
  source: ReturnType<typeof dnsTargets>,
  signal = new AbortController().signal,
): Promise<FoundTargets> {
  return (await source(signal)) as FoundTargets
}

async function failureOf(answer: Promise<unknown>): Promise<ProxyError> {
  try {
    await answer
  } catch (error) {
    if (error instanceof ProxyError) return error
  }
  throw new Error('There was no ProxyError')
}

discoveryCases('dnsTargets of A', async () => {
  const server = await DnsServer.start()
  server.set('A', 'web.example', [])
  return {
    source: dnsTargets('web.example', { port: 8080, servers: [server.address], minIntervalMs: 5 }),
    set: (addresses) =>
      server.set(
        'A',
        'web.example',
        addresses.map((address) => ({ address: address.split(':')[0] as string, ttl: 0 })),
      ),
    fail: () => {
      server.failure = 'servfail'
    },
    mend: () => {
      server.failure = 'none'
    },
  }
})

discoveryCases('dnsTargets of SRV', async () => {
  const server = await DnsServer.start()
  const name = '_http._tcp.web.example'
  server.set('SRV', name, [])
  return {
    source: dnsTargets(name, { servers: [server.address], minIntervalMs: 5 }),
    set: (addresses) => {
      const hosts = addresses.map((address) => ({ target: address.split(':')[0]?.replaceAll('.', '-') ?? '', address }))
      for (const { target, address } of hosts) {
        server.set('A', target, [{ address: address.split(':')[0] as string, ttl: 0 }])
      }
      server.set(
        'SRV',
        name,
        hosts.map(({ target }) => ({ target, port: 8080, weight: 1 })),
      )
    },
    fail: () => {
      server.failure = 'servfail'
    },
    mend: () => {
      server.failure = 'none'
    },
  }
})

describe('dnsTargets of A and AAAA', () => {
  test('gives each address with the port, and the shortest time to live', async () => {
    const server = await DnsServer.start()
    server.set('A', 'web.example', [
      { address: '10.0.0.1', ttl: 90 },
      { address: '10.0.0.2', ttl: 30 },
    ])
    const source = dnsTargets('web.example', { port: 80, servers: [server.address] })
    expect(await ask(source)).toEqual({ targets: ['10.0.0.1:80', '10.0.0.2:80'], refreshMs: 30_000, note: undefined })
    expect(server.questions).toEqual(['A web.example'])
  })

  test('puts IPv6 addresses in brackets', async () => {
    const server = await DnsServer.start()
    server.set('AAAA', 'web.example', [{ address: '2001:db8::1', ttl: 5 }])
    const source = dnsTargets('web.example', { port: 80, type: 'AAAA', servers: [server.address] })
    expect(await ask(source)).toMatchObject({ targets: ['[2001:db8::1]:80'], refreshMs: 5_000 })
  })

  test('joins both, and takes one alone when the name has none of the other', async () => {
    const server = await DnsServer.start()
    server.set('A', 'web.example', [{ address: '10.0.0.1', ttl: 20 }])
    const source = dnsTargets('web.example', { port: 80, type: 'A+AAAA', servers: [server.address] })
    expect((await ask(source)).targets).toEqual(['10.0.0.1:80'])
    server.set('AAAA', 'web.example', [{ address: '2001:db8::1', ttl: 10 }])
    expect(await ask(source)).toMatchObject({ targets: ['10.0.0.1:80', '[2001:db8::1]:80'], refreshMs: 10_000 })
    server.set('A', 'web.example', [])
    expect((await ask(source)).targets).toEqual(['[2001:db8::1]:80'])
  })

  test.each([
    [0, {}, 1_000],
    [0, { minIntervalMs: 250 }, 250],
    [86_400, {}, 3_600_000],
    [86_400, { maxIntervalMs: 86_400_000 }, 86_400_000],
    [2_147_483_647, {}, 3_600_000],
  ])('asks after a time to live of %i s, with %o, again in %i ms', async (ttl, options, refreshMs) => {
    const server = await DnsServer.start()
    server.set('A', 'web.example', [{ address: '10.0.0.1', ttl }])
    const source = dnsTargets('web.example', { port: 80, servers: [server.address], ...options })
    expect((await ask(source)).refreshMs).toBe(refreshMs)
  })

  test('gets a list that is too long for UDP, over TCP', async () => {
    const server = await DnsServer.start()
    const addresses = Array.from({ length: 1_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
    server.set(
      'A',
      'web.example',
      addresses.map((address) => ({ address })),
    )
    const source = dnsTargets('web.example', { port: 80, servers: [server.address] })
    expect((await ask(source)).targets).toHaveLength(1_000)
    expect(server.tcpCount).toBe(1)
  })

  test('gives an empty list, and says why, for a name without records', async () => {
    const server = await DnsServer.start()
    server.set('AAAA', 'web.example', [{ address: '::1' }])
    const ofName = (name: string) => dnsTargets(name, { port: 80, servers: [server.address] })
    expect(await ask(ofName('web.example'))).toMatchObject({ targets: [], note: 'the name has no such record' })
    expect(await ask(ofName('gone.example'))).toMatchObject({ targets: [], note: 'the name does not exist' })
  })

  test.each([
    ['servfail', 'the server failed (ESERVFAIL)'],
    ['refused', 'the server refuses to answer (EREFUSED)'],
    ['silent', 'no server answers (ETIMEOUT)'],
  ] as const)('fails when the server is %s', async (failure, state) => {
    const server = await DnsServer.start()
    server.failure = failure
    const options = { port: 80, servers: [server.address], timeoutMs: 50, tries: 1 }
    const error = await failureOf(ask(dnsTargets('web.example', options)))
    expect(error.code).toBe('CANNOT_RESOLVE')
    expect(error.message).toBe(`Cannot look up DNS A of "web.example": ${state}`)
  })

  test('is given up by its signal, and disturbs no other question', async () => {
    const server = await DnsServer.start()
    server.failure = 'silent'
    const source = dnsTargets('web.example', { port: 80, servers: [server.address], timeoutMs: 200, tries: 10 })
    const controller = new AbortController()
    const [given, other] = [ask(source, controller.signal), ask(source)]
    await server.asked(2)
    server.failure = 'none'
    server.set('A', 'web.example', [{ address: '10.0.0.1' }])
    controller.abort()
    expect((await failureOf(given)).message).toContain('the question was given up (ECANCELLED)')
    expect((await other).targets).toEqual(['10.0.0.1:80'])
  })
})

describe('dnsTargets of SRV', () => {
  const name = '_http._tcp.web.example'

  async function startWith(records: Parameters<DnsServer['set']>[2]): Promise<DnsServer> {
    const server = await DnsServer.start()
    server.set('SRV', name, records)
    for (const host of ['a', 'b', 'c']) server.set('A', host, [{ address: `10.0.0.${host.charCodeAt(0)}`, ttl: 20 }])
    return server
  }

  const find = (server: DnsServer, options = {}) => ask(dnsTargets(name, { servers: [server.address], ...options }))

  const weights = ({ targets }: FoundTargets): Record<string, number | undefined> =>
    Object.fromEntries(
      targets.map((target) => (typeof target === 'string' ? [target, 1] : [target.address, target.weight])),
    )

  test("takes ports and weights from the records, and addresses from their names'", async () => {
    const server = await startWith([
      { target: 'a', port: 8081, weight: 3 },
      { target: 'b', port: 8082, weight: 1 },
    ])
    expect((await find(server)).targets).toEqual([
      { address: '10.0.0.97:8081', weight: 3, priority: 0, metadata: { name: 'a', port: '8081' } },
      { address: '10.0.0.98:8082', weight: 1, priority: 0, metadata: { name: 'b', port: '8082' } },
    ])
  })

  // RFC 2782: a client must attempt to contact the target with the lowest priority that it can reach.
  test('gives the targets of all priorities, and a service uses the lowest that it can reach', async () => {
    const server = await startWith([
      { target: 'b', port: 80, priority: 20, weight: 1 },
      { target: 'a', port: 80, priority: 10, weight: 1 },
      { target: 'c', port: 80, priority: 20, weight: 3 },
    ])
    const { targets } = await find(server)
    const said = targets.map((target) => (typeof target === 'string' ? [] : [target.address, target.priority]))
    expect(said).toEqual([
      ['10.0.0.97:80', 10],
      ['10.0.0.98:80', 20],
      ['10.0.0.99:80', 20],
    ])
    const passive = { maxFails: 1, failWindowMs: 1_000 }
    const service = new algo.Service({ targets, health: { passive } })
    const picks = (): unknown[] => Array.from({ length: 4 }, () => service.pick()?.address).sort()
    expect(picks()).toEqual(Array(4).fill('10.0.0.97:80'))
    const first = service.find('10.0.0.97:80') as algo.Target
    service.begin(first)
    service.end(first, { kind: 'connect-failed', latencyMs: 1 })
    expect(picks()).toEqual(['10.0.0.98:80', '10.0.0.99:80', '10.0.0.99:80', '10.0.0.99:80'])
  })

  test('leaves out a priority whose names have no address', async () => {
    const server = await startWith([
      { target: 'gone', port: 80, priority: 1, weight: 1 },
      { target: 'b', port: 80, priority: 65_535, weight: 1 },
    ])
    expect((await find(server)).targets).toEqual([
      { address: '10.0.0.98:80', weight: 1, priority: 65_535, metadata: { name: 'b', port: '80' } },
    ])
  })

  test('gives what records of two priorities lead to the lower one', async () => {
    const server = await startWith([
      { target: 'also', port: 80, priority: 5, weight: 9 },
      { target: 'a', port: 80, priority: 2, weight: 1 },
    ])
    server.set('A', 'also', [{ address: '10.0.0.97' }])
    expect((await find(server)).targets).toEqual([
      { address: '10.0.0.97:80', weight: 1, priority: 2, metadata: { name: 'a', port: '80' } },
    ])
  })

  test('gives weight 0 next to nothing beside others, and equal shares among its like', async () => {
    const mixed = await startWith([
      { target: 'a', port: 80, weight: 0 },
      { target: 'b', port: 80, weight: 50 },
      { target: 'c', port: 80, weight: 100 },
    ])
    expect(weights(await find(mixed))).toEqual({ '10.0.0.97:80': 0.5, '10.0.0.98:80': 50, '10.0.0.99:80': 100 })
    const alike = await startWith([
      { target: 'a', port: 80, weight: 0 },
      { target: 'b', port: 80, weight: 0 },
    ])
    expect(weights(await find(alike))).toEqual({ '10.0.0.97:80': 1, '10.0.0.98:80': 1 })
    const apart = await startWith([
      { target: 'a', port: 80, priority: 1, weight: 0 },
      { target: 'b', port: 80, priority: 2, weight: 50 },
      { target: 'c', port: 80, priority: 2, weight: 0 },
    ])
    expect(weights(await find(apart))).toEqual({ '10.0.0.97:80': 1, '10.0.0.98:80': 50, '10.0.0.99:80': 0.5 })
  })

  test('shares the weight of a record among the addresses of its name', async () => {
    const server = await startWith([
      { target: 'a', port: 80, weight: 10 },
      { target: 'b', port: 80, weight: 10 },
    ])
    server.set('A', 'b', [{ address: '10.0.1.1' }, { address: '10.0.1.2' }])
    expect(weights(await find(server))).toEqual({ '10.0.0.97:80': 10, '10.0.1.1:80': 5, '10.0.1.2:80': 5 })
  })

  test('takes AAAA of a name that has no A', async () => {
    const server = await startWith([{ target: 'six', port: 80, weight: 1 }])
    server.set('AAAA', 'six', [{ address: '2001:db8::1' }])
    expect(weights(await find(server))).toEqual({ '[2001:db8::1]:80': 1 })
  })

  test('counts an address and port that two records lead to once', async () => {
    const server = await startWith([
      { target: 'a', port: 80, weight: 1 },
      { target: 'also', port: 80, weight: 1 },
      { target: 'a', port: 81, weight: 1 },
    ])
    server.set('A', 'also', [{ address: '10.0.0.97' }])
    expect(weights(await find(server))).toEqual({ '10.0.0.97:80': 1, '10.0.0.97:81': 1 })
  })

  test('asks again after the shortest time to live of the addresses, or the interval if that is less', async () => {
    const server = await startWith([{ target: 'a', port: 80, weight: 1 }])
    expect((await find(server)).refreshMs).toBe(20_000)
    expect((await find(server, { serviceIntervalMs: 7_000 })).refreshMs).toBe(7_000)
    server.set('A', 'a', [{ address: '10.0.0.1', ttl: 600 }])
    expect((await find(server)).refreshMs).toBe(30_000)
  })

  test('gives an empty list, and says why, when the service says that it is not there', async () => {
    const server = await startWith([{ target: '', port: 0 }])
    expect(await find(server)).toMatchObject({ targets: [], note: 'the name says that there is no such service' })
  })

  test('gives an empty list, and says why, when no name has an address', async () => {
    const server = await startWith([{ target: 'gone', port: 80 }])
    const note = 'none of the names that its records lead to has an address'
    expect(await find(server)).toMatchObject({ targets: [], note, refreshMs: 30_000 })
  })

  test('looks up a thousand names', async () => {
    const server = await DnsServer.start()
    const hosts = Array.from({ length: 1_000 }, (_, index) => `h${index}`)
    server.set(
      'SRV',
      name,
      hosts.map((target) => ({ target, port: 80, weight: 1 })),
    )
    for (const [index, host] of hosts.entries()) {
      server.set('A', host, [{ address: `10.1.${index >> 8}.${index & 255}` }])
    }
    expect((await find(server)).targets).toHaveLength(1_000)
  })
})

describe('dnsTargets', () => {
  test.each([
    [['a b', { port: 80 }], 'name is "a b", expected the name of a host or service'],
    [['', { port: 80 }], 'name is ""'],
    [['web.example', { type: 'A' }], 'port is "undefined", expected 1 to 65535 with type "A"'],
    [['web.example', { port: 70_000 }], 'port is "70000"'],
    [['web.example', { port: 80, type: 'SRV' }], 'port is "80" and type "SRV", whose records have ports'],
    [['web.example', { port: 80, type: 'MX' }], 'type is "MX", expected "A", "AAAA", "A+AAAA" or "SRV"'],
    [['web.example', { port: 80, servers: ['nowhere'] }], 'servers is ["nowhere"]'],
    [['web.example', { port: 80, tries: 0 }], 'tries is "0"'],
    [['web.example', { port: 80, minIntervalMs: 0 }], 'minIntervalMs is "0", expected whole milliseconds above 0'],
    [['web.example', { port: 80, timeoutMs: 1.5 }], 'timeoutMs is "1.5"'],
  ])('refuses %j', (given, text) => {
    const [name, options] = given as Parameters<typeof dnsTargets>
    expect(() => dnsTargets(name, options)).toThrow(text)
    expect(() => dnsTargets(name, options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})
