-- The work of one wrk run and its report: `wrk -s load.lua URL -- REQUEST_BYTES PATH_COUNT`.
function init(args)
  local bytes = tonumber(args[1])
  if bytes > 0 then
    wrk.method = 'POST'
    wrk.body = string.rep('x', bytes)
  end
  askInTurn(tonumber(args[2]))
end

-- With several paths: URL/0/a, URL/1/a and so on. wrk calls `request` for each request only where there is one.
function askInTurn(pathCount)
  if pathCount == 0 then return end
  local requests = {}
  for i = 1, pathCount do requests[i] = wrk.format(nil, wrk.path .. '/' .. (i - 1) .. '/a') end
  local last = 0
  request = function()
    last = last % pathCount + 1
    return requests[last]
  end
end

-- wrk calls this once, at its end. Times are in microseconds.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nreport {"requestCount":%d,"durationUs":%d,"bytes":%d,"p50Us":%d,"p99Us":%d,' ..
    '"failedCount":%d,"errorStatusCount":%d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout, errors.status))
end
