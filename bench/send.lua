-- Sends the requests of a file, each once: its length on a line, then its bytes.
-- wrk … -- FILE [again]; with `again` it begins anew at the end, for an endpoint that does not care.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  file = assert(io.open(arguments[1], "rb"))
  is_again = arguments[2] == "again"
  sent, lacking = -1, 0 -- wrk asks for one more request than it sends, to count what is in it
end

function request()
  local length = file:read("*l")
  if length == nil and is_again then
    file:seek("set")
    length = file:read("*l")
  end
  if length == nil then
    lacking = lacking + 1
    return "GET /nothing-left HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
  end
  sent = sent + 1
  return file:read(tonumber(length))
end

function done(summary, latency)
  local sent, lacking = 0, 0
  for _, thread in ipairs(threads) do
    sent = sent + thread:get("sent")
    lacking = lacking + thread:get("lacking")
  end
  local errors = summary.errors
  print(string.format(
    '{"answers": %d, "sent": %d, "lacking": %d, "refused": %d, "broken": %d, "micros": %d, "p50": %d, "p99": %d}',
    summary.requests, sent, lacking, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99)
  ))
end
