-- Posts the lines of a file in turns, and tells what was measured as one line of JSON.
local bodies, requests, place, traces, is_traced = {}, {}, 0, 0, false

function init(arguments)
  wrk.headers["Content-Type"] = "application/json"
  is_traced = arguments[2] == "traced"
  for line in io.lines(arguments[1]) do
    bodies[#bodies + 1] = line
    requests[#requests + 1] = wrk.format("POST", nil, nil, line)
  end
end

function request()
  place = place % #requests + 1
  if not is_traced then
    return requests[place]
  end
  traces = traces + 1
  wrk.headers["traceparent"] = string.format("00-%032x-%016x-00", traces, traces)
  return wrk.format("POST", nil, nil, bodies[place])
end

function done(summary, latency, _)
  local wrong = summary.errors
  local failed = wrong.connect + wrong.read + wrong.write + wrong.status + wrong.timeout
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "failed": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failed))
end
