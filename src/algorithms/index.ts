/** What users have as `algo`: `new algo.URLRouter({ … })`, `algo.Cache<string, number>`. */

// Routing and pooling
export { URLRouter } from './url-router.ts'
export { Cache, type CacheAllocate, type CacheFree, type CacheOptions } from './cache.ts'
export { type ResourceAllocator, ResourcePool, type ResourcePoolOptions } from './resource-pool.ts'

// Load balancing
export { HashingLoadBalancer } from './hashing-load-balancer.ts'
export { LeastWorkLoadBalancer } from './least-work-load-balancer.ts'
export { RoundRobinLoadBalancer } from './round-robin-load-balancer.ts'
export { type BalancerTargets, type BorrowedTarget, LoadBalancer } from './load-balancer.ts'
export { Hashing } from './selection/hashing.ts'
export { LeastWork } from './selection/least-work.ts'
export { RoundRobin } from './selection/round-robin.ts'
export type { UnhealthyTargets } from './selection/is-healthy.ts'
export type { Selection } from './selection/selection.ts'

// Services
export type { Outcome } from './service/outcome.ts'
export type { HealthCheck } from './service/health-check.ts'
export type {
  CheckOptions,
  HealthOptions,
  HttpCheckOptions,
  PassiveOptions,
  TcpCheckOptions,
} from './service/health-options.ts'
export type { OutlierOptions, SuccessRateOptions } from './service/outlier-options.ts'
export type { HedgeOptions, RetryBudgetOptions, RetryOptions, RetryTrigger } from './service/retry-options.ts'
export type { ServiceLimits, ServiceOptions, ServicePoolOptions, ServiceTimeouts } from './service/service-options.ts'
export type { ServiceRuntime } from './service/service-runtime.ts'
export type { ServiceStatistics, TargetStatistics } from './service/service-statistics.ts'
export { Service, type ServicePickOptions } from './service/service.ts'
export type {
  StickyByAddress,
  StickyByConnection,
  StickyByCookie,
  StickyByFunction,
  StickyByHeader,
  StickyOptions,
} from './service/sticky-options.ts'
export type { TargetState, TargetStateChange } from './service/target-state.ts'
export type { Target } from './service/target.ts'

// Finding targets
export {
  type FollowingService,
  followTargets,
  type FollowTargetsOptions,
  type StopFollowing,
} from './service/follow-targets.ts'
export type { FindTargets, FoundTargets, TargetSource, TargetUpdate } from './service/target-source.ts'
export type { TargetInit } from './service/target-init.ts'

// Limits
export { Quota, type QuotaOptions, type QuotaTakeOptions } from './quota/quota.ts'
export { MemoryQuotaStore, type MemoryQuotaStoreOptions } from './quota/memory-quota-store.ts'
export type { QuotaRule } from './quota/quota-rule.ts'
export type { QuotaGrant, QuotaRequest, QuotaStore } from './quota/quota-store.ts'

// Balancers of a service
export type { BalancedTarget, Balancer, PickOptions } from './balancers/balancer.ts'
export { ConsistentHashBalancer, type ConsistentHashOptions } from './balancers/consistent-hash-balancer.ts'
export { BALANCER_NAMES, type BalancerName, createBalancer } from './balancers/create-balancer.ts'
export { LeastConnectionsBalancer } from './balancers/least-connections-balancer.ts'
export { LeastTimeBalancer } from './balancers/least-time-balancer.ts'
export { MaglevBalancer, type MaglevOptions } from './balancers/maglev-balancer.ts'
export { PowerOfTwoBalancer } from './balancers/power-of-two-balancer.ts'
export { RandomBalancer } from './balancers/random-balancer.ts'
export { RendezvousBalancer } from './balancers/rendezvous-balancer.ts'
export { RoundRobinBalancer } from './balancers/round-robin-balancer.ts'

// Numbers and names
export { hash } from './hash.ts'
export { Percentile } from './percentile.ts'
export { uuid } from './uuid.ts'
