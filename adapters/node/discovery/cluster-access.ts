import { readFile } from 'node:fs/promises'
import { ProxyError } from '../../../src/errors.ts'

export interface ClusterAccessOptions {
  /**
   * The API server: `http://127.0.0.1:8001`, where `kubectl proxy` listens.
   * @default that of the cluster which the process runs in
   */
  readonly server?: string
  /** Sent as a bearer token. @default inside a cluster the pod's own, read anew for each request; elsewhere none */
  readonly token?: string | (() => string | Promise<string>)
  /** Certificates in PEM form that the server's is checked by. @default inside a cluster its own; elsewhere Node's */
  readonly ca?: string
  /** @default the pod's own */
  readonly namespace?: string
}

/** How to reach an API server. */
export interface ClusterAccess {
  readonly server: URL
  readonly readToken: () => Promise<string | undefined>
  readonly readCa: () => Promise<string | undefined>
  readonly readNamespace: () => Promise<string>
}

/** Where every pod finds what it needs to talk to its cluster. */
const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Finds the API server, and what it asks for: given, or as a pod has it.
 * @param environment of the process
 * @param folder of the pod's account
 * @throws INVALID_ARGUMENT for a server that is no URL, or none outside of a cluster
 */
export function findClusterAccess(
  options: ClusterAccessOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  folder = ACCOUNT_FOLDER,
): ClusterAccess {
  const { server, token, ca, namespace } = options
  const isOwn = server === undefined
  const fromPod = (name: string): Promise<string> => readAccountFile(`${folder}/${name}`)
  if (!isOwn && namespace === undefined) {
    throw refuse('namespace is missing: outside of a cluster there is none to begin with')
  }
  return {
    server: isOwn ? findOwnServer(environment) : readServer(server),
    readToken: async () => {
      if (token === undefined) return isOwn ? (await fromPod('token')).trim() : undefined
      return typeof token === 'function' ? await token() : token
    },
    readCa: async () => ca ?? (isOwn ? await fromPod('ca.crt') : undefined),
    readNamespace: async () => namespace ?? (await fromPod('namespace')).trim(),
  }
}

function findOwnServer(environment: Readonly<Record<string, string | undefined>>): URL {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment
  if (host === undefined || host === '') {
    throw refuse('the process runs in no cluster (KUBERNETES_SERVICE_HOST is not set): give "server"')
  }
  return readServer(`https://${host.includes(':') ? `[${host}]` : host}:${port}`)
}

function readServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw refuse(`server is "${text}", expected "https://host:port" or "http://host:port"`)
}

async function readAccountFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const text = `Cannot read the pod's account from ${file}: ${(error as Error).message}`
    throw new ProxyError('DISCOVERY_FAILED', text, { cause: error })
  }
}

function refuse(state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot reach Kubernetes: ${state}`)
}
