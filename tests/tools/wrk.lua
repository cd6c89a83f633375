-- SPDX-License-Identifier: GPL-2.0
-- Makes wrk end with one line of JSON: what the demo and the tests read.

function done(summary, latency)
	local e = summary.errors
	io.write(string.format(
		'{"requests":%d,"seconds":%.2f,"errors":%d,"connect":%d,"read":%d,"write":%d,' ..
		'"status":%d,"timeout":%d,"p99_us":%d}\n',
		summary.requests, summary.duration / 1e6,
		e.connect + e.read + e.write + e.status + e.timeout,
		e.connect, e.read, e.write, e.status, e.timeout, latency:percentile(99)))
end
