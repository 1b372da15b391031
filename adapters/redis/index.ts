/** Quotas that processes share, counted in Redis. */
export { type RedisQuotaClient, RedisQuotaStore, type RedisQuotaStoreOptions } from './redis-quota-store.ts'
