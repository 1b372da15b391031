import { hash } from '../hash.ts'
import type { PickOptions } from './balancer.ts'

/** The 32 bits that place a request: those of its key, or any when it has none. */
export function keyHash({ key, random }: PickOptions): number {
  return key === undefined ? (random() * 0x1_0000_0000) >>> 0 : hash(key) >>> 0
}
