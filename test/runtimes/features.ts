/** What the suite asks of each runtime: the rows of the table, in its order. */
export const FEATURES = [
  'routes by path and host; 404',
  'methods, paths and queries',
  'header fields',
  'answers without a body',
  'streamed answers',
  'streamed requests',
  'bodies of 16 MiB',
  'compressed bodies',
  'trailers and interim answers',
  'clients that leave',
  'upstreams that fail: 502, 504',
  'answers that are cut off',
  'WebSocket',
  'pooled connections',
  "sessions' variables",
  '200 requests at once',
  'callbacks that throw: 500',
  'bad requests and targets',
  'bodies over the limit: 413',
] as const

export type Feature = (typeof FEATURES)[number]
