import { expect, test } from 'vitest'

test('the workerd project runs its suites inside workerd', () => {
  expect(navigator.userAgent).toBe('Cloudflare-Workers')
})
