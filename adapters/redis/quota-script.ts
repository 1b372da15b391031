/**
 * The token bucket of src/algorithms/quota/token-bucket.ts in Lua, which Redis runs as one step. Time is that of the
 * server, which all who share it have in common; a key goes by itself a second after it is full. `count` below 0 gives back.
 */
export const QUOTA_SCRIPT = `
local limit, per, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local initial, window = tonumber(ARGV[4]), ARGV[5] == 'window'
local count, least = tonumber(ARGV[6]), tonumber(ARGV[7])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local known = redis.call('HMGET', KEYS[1], 'tokens', 'since')
local tokens, since = tonumber(known[1]) or initial, tonumber(known[2]) or now

if tokens >= burst then
  since = math.max(since, now)
elseif now > since then
  local windows = (now - since) / per
  if window then windows = math.floor(windows) end
  tokens = math.min(burst, tokens + windows * limit)
  if window then since = since + windows * per else since = now end
end

local taken = 0
local whole = math.floor(tokens + 1e-9)
if count < 0 then
  tokens = math.min(burst, tokens - count)
  whole = math.floor(tokens + 1e-9)
elseif whole >= least then
  taken = math.min(count, whole)
  tokens = math.max(0, tokens - taken)
end

local wait = 0
if count > 0 and taken < count then
  local windows = (least - tokens) / limit
  if window then windows = math.ceil(windows) end
  wait = math.max(0, since + windows * per - now)
end

if count ~= 0 then
  local left = math.ceil((burst - tokens) / limit) * per
  redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens), 'since', string.format('%.17g', since))
  redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(0, since + left - now)) + 1000)
end
return { taken, whole - taken, string.format('%.17g', wait) }
`
