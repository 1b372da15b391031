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

// Numbers and names
export { hash } from './hash.ts'
export { Percentile } from './percentile.ts'
export { uuid } from './uuid.ts'
