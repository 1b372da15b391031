/** Sluice on Node: proxies over node:net, and proxies loaded from files. */

// Running a proxy
export { nodeTransport, serve, type ServeOptions } from './serve.ts'
export { NodeTransport, type NodeTransportOptions } from './node-transport.ts'
export { LOG_LEVELS, type LineOutput, type LogLevel, NodeLog, type NodeLogOptions } from './node-log.ts'

// Loading one
export { type LoadedProxy, loadProxy, type LoadProxyOptions } from './loader/load-proxy.ts'

// Finding targets
export { followTargets, type FollowTargetsOptions } from './discovery/follow-targets.ts'
export { type DnsRecordType, dnsTargets, type DnsTargetsOptions } from './discovery/dns-targets.ts'
export { fileTargets, type FileTargetsOptions } from './discovery/file-targets.ts'
export { kubernetesTargets, type KubernetesTargetsOptions } from './discovery/kubernetes-targets.ts'
