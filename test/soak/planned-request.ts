/** A request that a client sends, and what its upstream has to find in it. */
export interface PlannedRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE' | 'POST'
  readonly target: string
  /** Of ASCII characters. */
  readonly body: string
  /** Whether its answer comes in chunks. */
  readonly isChunked: boolean
}

const MAX_BODY_BYTES = 2048

/** The request of a number: clients and upstream know it without telling each other. */
export function plannedRequest(seed: number, id: number): PlannedRequest {
  const chance = scramble(seed, id)
  const isChunked = (chance & 7) === 0
  const service = (chance >>> 3) & 1
  const share = (chance >>> 4) % 100
  const bodyBytes = (chance >>> 12) % (MAX_BODY_BYTES + 1)
  if (share < 60) return { method: 'GET', target: `/${service}/${id}`, body: '', isChunked }
  if (share < 70) return { method: 'HEAD', target: `/${service}/${id}`, body: '', isChunked }
  const body = `${id}.`.repeat(MAX_BODY_BYTES).slice(0, bodyBytes)
  if (share < 80) return { method: 'PUT', target: `/${service}/${id}`, body, isChunked }
  if (share < 90) return { method: 'DELETE', target: `/${service}/${id}`, body, isChunked }
  return { method: 'POST', target: `/post/${id}`, body, isChunked }
}

/** 32 bits that differ for each number: the last step of MurmurHash3. */
function scramble(seed: number, id: number): number {
  let bits = Math.imul(seed ^ Math.imul(id + 1, 0x9e3779b1), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
