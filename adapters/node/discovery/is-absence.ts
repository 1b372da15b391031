/** Whether an error of node:dns is an answer: that there is no such name, or no such record of it. */
export function isAbsence(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 'ENOTFOUND' || code === 'ENODATA'
}
