/**
 * The one table of limits and default times. Nothing in Sluice is unbounded: each queue, buffer, head, wait and retry
 * takes its bound from here unless the option named like it says otherwise, and reaching one is a ProxyError.
 */
export const LIMITS = {
  /** Start line and header lines of one message. 431 for requests, 502 for answers. */
  maxHeaderBytes: 16 * 1024,
  /** Header lines of one message. 431 / 502. */
  maxHeaderCount: 100,
  /** The request target. 414. */
  maxTargetBytes: 8 * 1024,
  /** One chunk-size line with its extensions. 400 / 502. */
  maxChunkLineBytes: 256,
  /** The trailer section after a chunked body. 400 / 502. */
  maxTrailerBytes: 8 * 1024,
  /** A body that a filter collects (handleMessage, replaceMessage, …). 413 / 502. */
  maxBodyBytes: 16 * 1024 * 1024,
  /** One message of a WebSocket whose frames are read here. 1009. */
  maxWebSocketMessageBytes: 16 * 1024 * 1024,
  /** What a filter holds back while a callback, a link or a queue makes it wait. BUFFER_OVERFLOW. */
  maxHeldBytes: 16 * 1024 * 1024,
  /** Events in the same place. BUFFER_OVERFLOW. */
  maxHeldEvents: 16_384,
  /** Answers waiting for an earlier one of the same client connection, before the upstream is paused. */
  maxOutOfOrderBytes: 256 * 1024,
  /** Requests of one client connection under way at once; then the connection is not read further. */
  maxPipelinedRequests: 32,
  /** What is read and thrown away of a request whose answer is complete already, before the connection is closed. */
  maxDiscardedBytes: 1024 * 1024,
  /** Services that one forward filter position has connections for, if its function gives so many. */
  maxServicePools: 256,
  /** Connections to one target of a service. */
  maxConnectionsPerTarget: 1024,
  /** Before a request goes a second time to a target that it was tried at; doubled with each further round. */
  minRetryDelayMs: 25,
  /** But no longer than this. */
  maxRetryDelayMs: 250,
  /** A `Retry-After` that is waited for; a longer one goes to the client. */
  maxRetryAfterMs: 1_000,
  /** Requests waiting for a connection of one key. QUEUE_FULL, 503. */
  maxQueue: 1024,
  /** How long they wait. QUEUE_TIMEOUT, 503. */
  queueTimeoutMs: 30_000,
  /** Messages that wait in one session of mux or merge; there the option is `maxQueue`. BUFFER_OVERFLOW. */
  maxMuxQueue: 100,
  /** Connections that one key opens. */
  maxConnections: 1,
  /** Connections to one target that one pool of the edge opens: Workers may wait for so many answers at once. */
  maxPooledConnections: 6,
  /** Dispatchers that serve nobody, of one target. */
  maxIdleDispatchers: 64,
  /** Requests of one call of a Worker that wait for the head of their answer; others wait for their turn. */
  maxAwaitedHeads: 6,
  /** An upstream connection that serves nobody is closed after this time. */
  maxIdleMs: 10_000,
  /** A request body kept so that it can be sent again. */
  maxReplayBytes: 64 * 1024,
  /** A connection that was idle for longer is not used for a request that cannot be sent again. */
  maxUnsafeReuseMs: 1_000,
  /** What is learned about an upstream's idle connections is never less. */
  minLearnedIdleMs: 1_000,
  /** And is forgotten after this time. */
  learnedIdleMs: 600_000,
  /** Keys that something is remembered about. */
  maxLearnedKeys: 1_024,
  /** Entries of an `algo.Cache`; beyond, the least recently used leave. */
  maxCacheEntries: 65_536,
  /** Resources that wait in an `algo.ResourcePool`, over all its pools; beyond, the one that waits longest goes. */
  maxFreeResources: 65_536,
  /** Tags that a load balancer keeps a target for; beyond, the least recently used are forgotten. */
  maxBalancerTags: 65_536,
  /** Cookies of sticky clients that need not be verified again; beyond, the oldest are. */
  maxVerifiedCookies: 10_000,
  /** Keys that an `algo.Quota` remembers in memory; beyond, the one that has not been asked for longest begins anew. */
  maxQuotaKeys: 65_536,
  /** Sessions that outlive their connections; beyond, the least recently used ends. */
  maxKeptSessions: 10_000,
  /** Such a session ends when it has had no request for this time. */
  maxKeptIdleMs: 600_000,
  /** Between two questions for a service's targets, where the answer does not say. */
  discoveryIntervalMs: 10_000,
  /** Until one of them is answered. DISCOVERY_FAILED. */
  discoveryTimeoutMs: 10_000,
  /** How long a proxy that starts waits for the first targets of its services; then it takes requests all the same. */
  firstTargetsTimeoutMs: 5_000,
  /** After one that failed, before the next; doubled with each further failure. */
  minDiscoveryRetryMs: 1_000,
  /** But no longer than this. */
  maxDiscoveryRetryMs: 60_000,
  /** Between two health checks of a target. */
  healthIntervalMs: 5_000,
  /** A health check that takes longer has failed. */
  healthTimeoutMs: 2_000,
  /** Health checks of one service that run at the same time. */
  maxConcurrentChecks: 32,
  /** In which failed requests of a target are counted, and for which it is left alone then. */
  failWindowMs: 10_000,
  /** Between two comparisons of the targets of a service. */
  outlierIntervalMs: 10_000,
  /** A target's first ejection; the n-th lasts n times as long. */
  baseEjectionMs: 30_000,
  /** But no longer than this. */
  maxEjectionMs: 300_000,
  /** In which requests and retries are counted for the retry budget. */
  retryWindowMs: 10_000,
  /** A target that was taken out of a service gets this time to finish. */
  targetDrainTimeoutMs: 30_000,
  /** Time to a connection. CONNECT_TIMEOUT, 504. */
  connectTimeoutMs: 10_000,
  /** From the last byte of a request to the head of its answer. RESPONSE_TIMEOUT, 504. */
  responseTimeoutMs: 60_000,
  /** Between two pieces of an answer's body. BODY_TIMEOUT, 504. */
  bodyTimeoutMs: 60_000,
  /** A connection on which nothing moves either way. */
  idleTimeoutMs: 60_000,
  /** From the first byte of a request to the end of its head. 408; less than idleTimeoutMs, which would only cut it. */
  headTimeoutMs: 30_000,
  /** Between two pieces of a request's body. 408; less than idleTimeoutMs of either side. */
  requestBodyTimeoutMs: 30_000,
  /** Between two requests of a client connection. */
  keepAliveTimeoutMs: 60_000,
  /** After which a client that has ended its side and waits for an answer is asked whether it is still there. */
  clientProbeMs: 250,
  /** How long a connection that we closed is still read, so that the client gets the last answer (RFC 9112 9.6). */
  lingerTimeoutMs: 2_000,
  /** When the proxy stops, client connections that owe nothing stay for this time: a request may be on its way. */
  drainGraceMs: 500,
  /** Requests in flight get this time when the proxy stops. */
  drainTimeoutMs: 10_000,
} as const
