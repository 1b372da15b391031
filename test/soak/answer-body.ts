const MAX_REPEATS = 60

/** The body of the answer to a request: whose it is, on each part of it. */
export function answerBody(id: number, method: string): string {
  return `${id} ${method}\n`.repeat(1 + (id % MAX_REPEATS))
}
