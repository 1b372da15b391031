import { kubernetesTargets } from 'sluice/node'
import { describe, expect, test, vi } from 'vitest'
import { KubernetesApi } from '../../../support/kubernetes-api.ts'
import { createSlice } from './create-slice.ts'
import { discoveryCases } from './discovery.cases.ts'
import { followKubernetes } from './follow-kubernetes.ts'
import { hurriedClock } from './hurried-clock.ts'

vi.setConfig({ testTimeout: 20_000 })

discoveryCases('kubernetesTargets', async () => {
  const api = await KubernetesApi.start()
  return {
    source: kubernetesTargets({ server: api.url, namespace: 'shop', service: 'web' }),
    set: (addresses) =>
      api.apply(
        createSlice(
          'web-1',
          addresses.map((address) => address.split(':')[0] as string),
        ),
      ),
    fail: async () => {
      api.refusal = { status: 503, message: 'etcdserver: leader changed' }
      api.cutWatches()
    },
    mend: () => {
      api.refusal = undefined
    },
  }
})

describe('kubernetesTargets', () => {
  test('joins the slices of its service, and leaves those of others', async () => {
    const api = await KubernetesApi.start()
    api.apply(createSlice('web-1', ['10.0.0.1', '10.0.0.2']))
    api.apply(createSlice('web-2', ['10.0.0.3']))
    api.apply({
      ...createSlice('db-1', ['10.9.9.9']),
      metadata: { name: 'db-1', labels: { 'kubernetes.io/service-name': 'db' } },
    })
    const { service } = followKubernetes(api)
    await service.got(1)
    expect(service.addresses).toEqual([['10.0.0.1:8080', '10.0.0.2:8080', '10.0.0.3:8080']])
  })

  test('follows slices that come, change and go, in one watch from the version of the list', async () => {
    const api = await KubernetesApi.start()
    api.apply(createSlice('web-1', ['10.0.0.1']))
    const { service, log } = followKubernetes(api)
    await api.until(() => api.watchCount === 1)
    api.apply(createSlice('web-2', ['10.0.0.2']))
    await service.got(2)
    api.apply(createSlice('web-2', ['10.0.0.3']))
    await service.got(3)
    api.remove('web-1')
    await service.got(4)
    expect(service.addresses).toEqual([
      ['10.0.0.1:8080'],
      ['10.0.0.1:8080', '10.0.0.2:8080'],
      ['10.0.0.1:8080', '10.0.0.3:8080'],
      ['10.0.0.3:8080'],
    ])
    expect(api.listQueries).toHaveLength(1)
    expect(api.watchQueries.map((query) => Object.fromEntries(query))).toEqual([
      {
        labelSelector: 'kubernetes.io/service-name=web',
        watch: '1',
        allowWatchBookmarks: 'true',
        resourceVersion: '101',
        timeoutSeconds: expect.stringMatching(/^[3-6]\d\d$/) as string,
      },
    ])
    expect(log.entries).toEqual([])
  })

  test('sees what changes between the list and the watch', async () => {
    const api = await KubernetesApi.start()
    api.apply(createSlice('web-1', ['10.0.0.1']))
    const { service } = followKubernetes(api)
    await api.until(() => api.listQueries.length === 1)
    api.apply(createSlice('web-1', ['10.0.0.2']))
    await service.got(2)
    expect(service.addresses).toEqual([['10.0.0.1:8080'], ['10.0.0.2:8080']])
  })

  test.each(['endWatches', 'cutWatches'] as const)('goes on where it was behind %s, without a list', async (end) => {
    const api = await KubernetesApi.start()
    api.apply(createSlice('web-1', ['10.0.0.1']))
    const { service, log } = followKubernetes(api)
    await api.until(() => api.watchCount === 1)
    api.apply(createSlice('web-1', ['10.0.0.2']))
    await service.got(2)
    api[end]()
    await api.until(() => api.watchCount === 0)
    api.apply(createSlice('web-1', ['10.0.0.3']))
    await service.got(3)
    expect(api.listQueries).toHaveLength(1)
    expect(api.watchQueries.map((query) => query.get('resourceVersion'))).toEqual(['101', '102'])
    expect(log.entries).toEqual([])
  })

  test('goes on from the version of the last bookmark', async () => {
    const api = await KubernetesApi.start()
    api.apply(createSlice('web-1', ['10.0.0.1']))
    const { service } = followKubernetes(api)
    await api.until(() => api.watchCount === 1)
    api.pass(5_000)
    api.sendBookmarks()
    api.compact()
    api.endWatches()
    await api.until(() => api.watchQueries.length === 2)
    api.apply(createSlice('web-1', ['10.0.0.2']))
    await service.got(2)
    expect(api.watchQueries[1]?.get('resourceVersion')).toBe('5101')
    expect(api.listQueries).toHaveLength(1)
    expect(service.addresses).toEqual([['10.0.0.1:8080'], ['10.0.0.2:8080']])
  })

  test.each([false, true])('reads all anew when its version is forgotten (told by a status: %s)', async (byStatus) => {
    const api = await KubernetesApi.start()
    api.refusesGoneWatches = byStatus
    api.apply(createSlice('web-1', ['10.0.0.1']))
    const { service, log } = followKubernetes(api)
    await api.until(() => api.watchCount === 1)
    api.apply(createSlice('web-1', ['10.0.0.2']))
    await service.got(2)
    // While nobody watches, a slice goes and all that led there is forgotten.
    api.refusal = { status: 500, message: 'restarting' }
    api.cutWatches()
    await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1))
    api.apply(createSlice('web-3', ['10.0.0.3']))
    api.remove('web-1')
    api.compact()
    api.refusal = undefined
    await service.got(3)
    expect(service.addresses.at(-1)).toEqual(['10.0.0.3:8080'])
  })

  test('lists again at once behind a 410 in the middle of a watch', async () => {
    const api = await KubernetesApi.start()
    api.apply(createSlice('web-1', ['10.0.0.1']))
    const { service, log } = followKubernetes(api)
    await api.until(() => api.watchCount === 1)
    api.sendToWatches('{"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old","reason":"Expired"}}\n')
    await api.until(() => api.watchQueries.length === 2)
    expect(api.listQueries).toHaveLength(2)
    api.apply(createSlice('web-1', ['10.0.0.2']))
    await service.got(2)
    expect(log.entries).toEqual([])
  })

  test('waits a second behind a watch that told nothing', async () => {
    const api = await KubernetesApi.start()
    api.apply(createSlice('web-1', ['10.0.0.1']))
    api.endsWatches = true
    const { clock, waits } = hurriedClock()
    followKubernetes(api, { clock })
    await api.until(() => api.watchQueries.length === 3)
    expect(waits.filter((delayMs) => delayMs === 1_000)).toHaveLength(2)
  })

  test('waits a second between lists whose versions are forgotten at once', async () => {
    const api = await KubernetesApi.start()
    api.apply(createSlice('web-1', ['10.0.0.1']))
    api.onList = () => {
      api.pass(1)
      api.compact()
    }
    const { clock, waits } = hurriedClock()
    followKubernetes(api, { clock })
    await api.until(() => api.listQueries.length === 4)
    expect(waits.filter((delayMs) => delayMs === 1_000)).toHaveLength(2)
  })

  test('reads long lists in pages, and begins anew when a page is forgotten', async () => {
    const api = await KubernetesApi.start()
    for (let i = 0; i < 1_001; i++) api.apply(createSlice(`web-${i}`, [`10.0.${i >> 8}.${i & 255}`]))
    let pages = 0
    api.onList = () => {
      pages++
      if (pages !== 1) return
      api.pass(1)
      api.compact()
    }
    const { service, log } = followKubernetes(api)
    await service.got(1)
    expect(service.lists[0]).toHaveLength(1_001)
    expect(api.listQueries.map((query) => query.get('continue')?.split(':')[1])).toEqual([
      undefined,
      '500',
      undefined,
      '500',
      '1000',
    ])
    expect(log.entries).toEqual([])
  })

  test('begins again by itself when the server was away', async () => {
    const api = await KubernetesApi.start()
    api.apply(createSlice('web-1', ['10.0.0.1']))
    const { service, log } = followKubernetes(api)
    await api.until(() => api.watchCount === 1)
    await api.stop()
    await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1), { timeout: 10_000 })
    expect(log.messages('warn')[0]).toContain(`Cannot ask Kubernetes at ${api.url}: connect ECONNREFUSED`)
    await api.listen()
    api.apply(createSlice('web-1', ['10.0.0.2']))
    await service.got(2)
    expect(service.addresses).toEqual([['10.0.0.1:8080'], ['10.0.0.2:8080']])
  })

  test.each([
    [401, 'Unauthorized', 'Cannot read EndpointSlices: Kubernetes answers 401, "Unauthorized"'],
    [403, 'is forbidden', 'the account needs a Role with the verbs list and watch for "endpointslices"'],
  ])('says what the server answers: %i', async (status, message, text) => {
    const api = await KubernetesApi.start()
    api.refusal = { status, message }
    const { log } = followKubernetes(api)
    await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1))
    expect(log.messages('warn')[0]).toContain(text)
  })

  test('says that what comes is no JSON', async () => {
    const api = await KubernetesApi.start()
    api.apply(createSlice('web-1', ['10.0.0.1']))
    const { service, log } = followKubernetes(api)
    await api.until(() => api.watchCount === 1)
    await service.got(1)
    api.sendToWatches('<html>\n')
    await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1))
    expect(log.messages('warn')[0]).toContain('Cannot read what Kubernetes sends: "<html>" is no JSON')
  })

  test('ends its watch when it is stopped', async () => {
    const api = await KubernetesApi.start()
    api.apply(createSlice('web-1', ['10.0.0.1']))
    const { stop, log } = followKubernetes(api)
    await api.until(() => api.watchCount === 1)
    stop()
    await api.until(() => api.watchCount === 0)
    expect(log.entries).toEqual([])
  })

  test('puts lines together that come in pieces, in the middle of a character too', async () => {
    const api = await KubernetesApi.start()
    api.apply(createSlice('web-1', ['10.0.0.1']))
    const { service } = followKubernetes(api)
    await api.until(() => api.watchCount === 1)
    const object = createSlice('web-1', [{ addresses: ['10.0.0.2'], zone: 'zürich' }])
    const bytes = Buffer.from(`${JSON.stringify({ type: 'MODIFIED', object })}\n`)
    const cut = bytes.indexOf(0xbc)
    api.sendToWatches(bytes.subarray(0, cut))
    await new Promise((resolve) => setImmediate(resolve))
    api.sendToWatches(bytes.subarray(cut))
    await service.got(2)
    expect(service.lists[1]).toEqual([{ address: '10.0.0.2:8080', metadata: { zone: 'zürich' } }])
  })
})
