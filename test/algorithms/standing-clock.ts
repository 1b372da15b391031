/** A clock that stands until it is moved. */
export function createStandingClock(): { nowMs: number; readonly now: () => number } {
  const clock = { nowMs: 1_000, now: () => clock.nowMs }
  return clock
}
