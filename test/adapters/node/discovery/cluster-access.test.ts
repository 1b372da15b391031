import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { findClusterAccess } from '../../../../adapters/node/discovery/cluster-access.ts'
import { SliceWatch } from '../../../../adapters/node/discovery/slice-watch.ts'
import { KubernetesApi } from '../../../support/kubernetes-api.ts'
import { createSlice } from './create-slice.ts'
import { followKubernetes } from './follow-kubernetes.ts'
import { hurriedClock } from './hurried-clock.ts'

vi.setConfig({ testTimeout: 20_000 })

describe('kubernetesTargets, of who it is and whom it trusts,', () => {
  /** A certificate for 127.0.0.1 that nobody trusts but who is told to; undefined where there is no openssl. */
  async function createCertificate(): Promise<{ key: string; cert: string } | undefined> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    const names = ['-subj', '/CN=kubernetes', '-addext', 'subjectAltName=IP:127.0.0.1']
    const error = await new Promise<Error | null>((resolve) => {
      execFile('openssl', [...kind, ...names, '-keyout', key, '-out', cert], resolve)
    })
    if ((error as NodeJS.ErrnoException | null)?.code === 'ENOENT') return undefined
    if (error !== null) throw error
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  }

  test('sends the token, which may be another one each time', async () => {
    const api = await KubernetesApi.start({ token: 'second' })
    api.apply(createSlice('web-1', ['10.0.0.1']))
    const tokens = ['first', 'second']
    const { service, log } = followKubernetes(api, { token: () => tokens.shift() ?? 'second' })
    await service.got(1)
    expect(api.tokens.slice(0, 2)).toEqual(['Bearer first', 'Bearer second'])
    expect(log.messages('warn')[0]).toContain('Kubernetes answers 401')
  })

  test("has a pod's server, token, certificates and namespace, and reads the token anew", async ({ skip }) => {
    const tls = await createCertificate()
    if (tls === undefined) return skip('there is no openssl here to make a certificate with')
    const api = await KubernetesApi.start({ tls, token: 'second' })
    api.apply(createSlice('web-1', ['10.0.0.1']))
    const folder = mkdtempSync(join(tmpdir(), 'sluice-account-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    for (const [name, text] of Object.entries({ token: 'first\n', 'ca.crt': tls.cert, namespace: 'shop' })) {
      writeFileSync(join(folder, name), text)
    }
    const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(api.port) }
    const access = findClusterAccess({}, environment, folder)
    expect(access.server.href).toBe(`https://127.0.0.1:${api.port}/`)
    const { clock } = hurriedClock()
    const watch = new SliceWatch(access, 'web', clock, new AbortController().signal)
    await expect(watch.list()).rejects.toThrow('Kubernetes answers 401')
    writeFileSync(join(folder, 'token'), 'second\n')
    await watch.list()
    expect([...watch.slices].map(({ metadata }) => metadata.name)).toEqual(['web-1'])
  })

  test('speaks to no server whose certificate it does not trust', async ({ skip }) => {
    const tls = await createCertificate()
    if (tls === undefined) return skip('there is no openssl here to make a certificate with')
    const api = await KubernetesApi.start({ tls })
    const { log } = followKubernetes(api, { token: 'secret' })
    await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1))
    expect(log.messages('warn')[0]).toContain(`Cannot ask Kubernetes at ${api.url}: self-signed certificate`)
    expect(api.requests).toEqual([])
  })

  test('puts the address of an IPv6 cluster in brackets', () => {
    const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' }
    expect(findClusterAccess({}, environment).server.href).toBe('https://[fd00::1]:6443/')
  })

  test("says which of the pod's files is missing", async () => {
    const access = findClusterAccess({}, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, '/nonexistent')
    await expect(access.readToken()).rejects.toThrow("Cannot read the pod's account from /nonexistent/token")
  })
})
