import { kubernetesTargets, type KubernetesTargetsOptions } from 'sluice/node'
import { describe, expect, test, vi } from 'vitest'
import type { SliceEndpoint } from '../../../../adapters/node/discovery/endpoint-slice.ts'
import { KubernetesApi, type StoredSlice } from '../../../support/kubernetes-api.ts'
import { createSlice } from './create-slice.ts'
import { followKubernetes } from './follow-kubernetes.ts'

vi.setConfig({ testTimeout: 20_000 })

describe('kubernetesTargets, of the conditions of endpoints,', () => {
  const list = async (endpoints: readonly SliceEndpoint[]): Promise<unknown> => {
    const api = await KubernetesApi.start()
    api.apply(createSlice('web-1', endpoints))
    const { service, log, stop } = followKubernetes(api)
    await vi.waitFor(() => expect(service.lists.length + log.entries.length).toBe(1))
    stop()
    return service.addresses[0] ?? log.messages('warn')[0]
  }
  const on = (host: number, conditions: SliceEndpoint['conditions']): SliceEndpoint => ({
    addresses: [`10.0.0.${host}`],
    conditions: conditions ?? null,
  })

  test('takes those that are ready, and those of which nothing is known', async () => {
    const endpoints = [
      on(1, { ready: true, serving: true, terminating: false }),
      on(2, { ready: false, serving: false, terminating: false }),
      on(3, {}),
      on(4, null),
      on(5, { ready: null }),
    ]
    expect(await list(endpoints)).toEqual(['10.0.0.1:8080', '10.0.0.3:8080', '10.0.0.4:8080', '10.0.0.5:8080'])
  })

  test('leaves those that end as long as another one is ready', async () => {
    const endpoints = [
      on(1, { ready: true, serving: true, terminating: false }),
      on(2, { ready: false, serving: true, terminating: true }),
    ]
    expect(await list(endpoints)).toEqual(['10.0.0.1:8080'])
  })

  test('takes those that end and still serve when none is ready', async () => {
    const endpoints = [
      on(1, { ready: false, serving: false, terminating: false }),
      on(2, { ready: false, serving: true, terminating: true }),
      on(3, { ready: false, serving: false, terminating: true }),
      on(4, { ready: false, serving: true, terminating: false }),
    ]
    expect(await list(endpoints)).toEqual(['10.0.0.2:8080'])
  })

  test('takes those that the service publishes though they end', async () => {
    expect(await list([on(1, { ready: true, serving: true, terminating: true })])).toEqual(['10.0.0.1:8080'])
  })

  test('says that none is ready', async () => {
    const endpoints = [on(1, { ready: false }), on(2, { ready: false, serving: false, terminating: true })]
    expect(await list(endpoints)).toContain('the list is empty, none of 2 endpoints is ready')
  })

  test('says that there are none', async () => {
    expect(await list([])).toContain('the list is empty, the service has no endpoints')
  })
})

describe('kubernetesTargets, of addresses and ports,', () => {
  const PORTS = [
    { name: 'http', port: 8080 },
    { name: 'admin', port: 9090 },
  ]

  async function first(slices: readonly StoredSlice[], options: Partial<KubernetesTargetsOptions> = {}) {
    const api = await KubernetesApi.start()
    for (const each of slices) api.apply(each)
    const { service, log, stop } = followKubernetes(api, options)
    await vi.waitFor(() => expect(service.lists.length + log.entries.length).toBe(1))
    stop()
    return service.lists[0] ?? log.messages('warn')[0]
  }

  test.each([
    ['http', ['10.0.0.1:8080']],
    ['admin', ['10.0.0.1:9090']],
    [9090, ['10.0.0.1:9090']],
  ])('finds port %j', async (port, targets) => {
    expect(await first([createSlice('web-1', ['10.0.0.1'], PORTS)], { port })).toEqual(targets)
  })

  test('says which ports there are when it has to choose, or finds none', async () => {
    const slices = [createSlice('web-1', ['10.0.0.1'], PORTS)]
    const state = 'their ports are http (8080), admin (9090)'
    expect(await first(slices)).toContain(`Cannot use the endpoints: no port was chosen, and ${state}`)
    expect(await first(slices, { port: 'https' })).toContain(`they have no port "https", and ${state}`)
  })

  test('takes a port by its number when the slice has none of its own', async () => {
    expect(await first([createSlice('web-1', ['10.0.0.1'], null)], { port: 7000 })).toEqual(['10.0.0.1:7000'])
  })

  test('takes the ports of each slice: while a port changes, there are two', async () => {
    const slices = [
      createSlice('web-1', ['10.0.0.1'], [{ name: 'http', port: 8080 }]),
      createSlice('web-2', ['10.0.0.2'], [{ name: 'http', port: 8081 }]),
    ]
    expect(await first(slices, { port: 'http' })).toEqual(['10.0.0.1:8080', '10.0.0.2:8081'])
  })

  test('counts an endpoint in two slices once, and ready if it is in one of them', async () => {
    const slices = [
      createSlice('web-1', ['10.0.0.1', { addresses: ['10.0.0.2'], conditions: { ready: false } }]),
      createSlice('web-2', ['10.0.0.1', '10.0.0.2']),
    ]
    expect(await first(slices)).toEqual(['10.0.0.1:8080', '10.0.0.2:8080'])
  })

  test('takes one family of a service that has two', async () => {
    const six = createSlice('web-6', ['fd00::1'], undefined, 'IPv6')
    expect(await first([six, createSlice('web-4', ['10.0.0.1'])])).toEqual(['10.0.0.1:8080'])
    expect(await first([six])).toEqual(['[fd00::1]:8080'])
  })

  test('tells pod, node and zone', async () => {
    const endpoint = {
      addresses: ['10.0.0.1', '10.0.0.9'],
      nodeName: 'node-1',
      zone: 'eu-1a',
      targetRef: { kind: 'Pod', name: 'web-7f' },
    }
    const metadata = { pod: 'web-7f', node: 'node-1', zone: 'eu-1a' }
    expect(await first([createSlice('web-1', [endpoint])])).toEqual([{ address: '10.0.0.1:8080', metadata }])
  })

  test.each([
    [{ service: 'Web!' }, 'service is "Web!", expected the name of a Service'],
    [{ port: 0 }, "port is 0, expected a number from 1 to 65535, or a port's name"],
    [{ port: '80' }, 'port is "80", expected a number'],
    [{ server: 'nowhere' }, 'server is "nowhere", expected "https://host:port" or "http://host:port"'],
    [{ namespace: undefined }, 'namespace is missing: outside of a cluster there is none to begin with'],
    [{ server: undefined }, 'the process runs in no cluster (KUBERNETES_SERVICE_HOST is not set): give "server"'],
  ])('refuses %j', (wrong, text) => {
    const options = { server: 'http://127.0.0.1:1', namespace: 'shop', service: 'web', ...wrong }
    expect(() => kubernetesTargets(options as KubernetesTargetsOptions)).toThrow(text)
  })
})
