# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: what runs on the bed: web server, echo server and steerd on every node.
#
# A user sources bed.sh and this file, and calls cluster_up N, which opens the bed. Pool "web" has all
# nodes and is checked by HTTP on /healthz; its services are port 80 (nginx: a page that names the
# node) and port 7000 (echo, TCP and UDP) of both VIPs.
#
# What a test may set, after it has sourced this file and before cluster_up:
#
#   variable          default      meaning
#   CLUSTER_FORWARD   l2           "forward:", how nodes send packets to each other: l2 or gue
#   CLUSTER_INTERVAL  10ms         "interval:" of liveness; a peer is down after three
#   CLUSTER_CHECK     500 ms, ...  interval, fast-interval, timeout, rise and fall of the check of "web"
#   CLUSTER_HOLD      0s           "hold:" of flap damping: how long a member stays out that fails often
#   CLUSTER_UP_S      30           how many seconds cluster_up waits for all nodes to serve
#
# What a test may define; without it, nothing is added:
#
#   cluster_more_pools             prints more entries of "pools:"
#   cluster_more_services          prints more entries of "services:"; cluster_service prints one of pool "web"
#   cluster_more_servers NUMBER    starts more servers on a node, with bed_start
#
# What a test may define anew; the functions here are the defaults:
#
#   cluster_config                 prints the configuration, for a test that wants quite another one
#   cluster_nginx NUMBER           starts the web server of a node
#   cluster_echo NUMBER            starts the echo server of a node
#   cluster_steerd NUMBER          starts the daemon of a node, for other options or under a tool
#   cluster_steer NUMBER ARG...    runs the command line against the daemon of a node
#
# BED_DIR/steer.yaml is the configuration of all nodes: a test that changes it calls cluster_reload.

# Before cluster_up: how nodes reach each other. "routed" is gue, with a router between nodes.
cluster_kind() { # l2|gue|routed
	# shellcheck disable=SC2034 # for bed.sh
	BED_SEGMENTS=1
	CLUSTER_FORWARD=$1
	# shellcheck disable=SC2034
	[[ $1 == routed ]] && BED_SEGMENTS=3 CLUSTER_FORWARD=gue
	return 0
}

CLUSTER_FORWARD=l2
CLUSTER_INTERVAL=10ms
CLUSTER_CHECK="interval: 500ms, fast-interval: 200ms, timeout: 500ms, rise: 2, fall: 2"
CLUSTER_HOLD=0s # a test makes members fail more often than an administrator would like
CLUSTER_UP_S=30

cluster_steer() { # NUMBER ARGUMENT...
	local number=$1
	shift
	"$B/steer" --socket "$BED_DIR/n$number.sock" "$@"
}

# Does a filter of jq hold for what "steer -j" says? Degraded (exit status 5) is an answer too.
cluster_says() { # NUMBER FILTER ARGUMENT...
	local number=$1 filter=$2 answer
	shift 2
	answer=$(cluster_steer "$number" -j "$@")
	[[ $answer ]] && jq -e "$filter" <<<"$answer" >/dev/null
}

cluster_service() { # NAME VIP PROTOCOL PORT
	echo "  - { name: $1, vip: \"$2\", protocol: $3, port: $4, pool: web }"
}

# The configuration of the whole cluster, one for all nodes.
cluster_config() {
	local i
	cat <<-EOF
	cluster: bed
	key-file: $BED_DIR/key
	liveness: { interval: $CLUSTER_INTERVAL, multiplier: 3 }
	damping: { hold: $CLUSTER_HOLD }
	forward: $CLUSTER_FORWARD
	nodes:
	EOF
	for ((i = 1; i <= BED_NODES; i++)); do
		echo "  - { name: n$i, id: $i, address: $(bed_node4 "$i")," \
			"address6: \"$(bed_node6 "$i")\", interface: eth0 }"
	done
	cat <<-EOF
	pools:
	  - name: web
	    members: [$(seq -s ', ' -f 'n%g' "$BED_NODES")]
	    health: { type: http, port: 80, path: /healthz, $CLUSTER_CHECK }
	EOF
	if declare -F cluster_more_pools >/dev/null; then cluster_more_pools; fi
	echo "services:"
	cluster_service web4 "$BED_VIP4" tcp 80
	cluster_service web6 "$BED_VIP6" tcp 80
	cluster_service echo4 "$BED_VIP4" tcp 7000
	cluster_service echo6 "$BED_VIP6" tcp 7000
	cluster_service echo4-udp "$BED_VIP4" udp 7000
	cluster_service echo6-udp "$BED_VIP6" udp 7000
	if declare -F cluster_more_services >/dev/null; then cluster_more_services; fi
}

cluster_nginx() { # NUMBER
	local dir=$BED_DIR/nginx$1
	mkdir -p "$dir"
	cat >"$dir/nginx.conf" <<-EOF
	user root;
	worker_processes 1;
	pid $dir/pid;
	error_log $dir/error.log;
	events { worker_connections 8192; }
	http {
		log_format short '\$server_addr \$status';
		access_log $dir/access.log short buffer=16k flush=200ms;
		client_body_temp_path $dir/body;
		proxy_temp_path $dir/proxy;
		fastcgi_temp_path $dir/fastcgi;
		uwsgi_temp_path $dir/uwsgi;
		scgi_temp_path $dir/scgi;
		default_type text/plain;
		keepalive_requests 1000000;
		server {
			listen $BED_VIP4:80 backlog=4096;
			listen [$BED_VIP6]:80 backlog=4096;
			listen $(bed_node4 "$1"):80;
			location / { return 200 "n$1\n"; }
			location = /large { alias $BED_DIR/large; }
			location = /healthz { access_log off; return 200 "ok\n"; }
		}
	}
	EOF
	bed_start "nginx$1" "n$1" nginx -e "$dir/error.log" -p "$dir" -c "$dir/nginx.conf" \
		-g 'daemon off;'
}

cluster_echo() { # NUMBER
	bed_start "echo$1" "n$1" "$B/test/echo" "n$1" "$BED_VIP4" 7000 "$BED_VIP6" 7000
}

cluster_steerd() { # NUMBER
	mkdir -p "$BED_PINS/n$1" "$BED_DIR/n$1"
	bed_start "steerd$1" "n$1" "$B/steerd" --config "$BED_DIR/steer.yaml" --node "n$1" \
		--pin-dir "$BED_PINS/n$1" --socket "$BED_DIR/n$1.sock" \
		--state-dir "$BED_DIR/n$1" --object "$B/steer.bpf.o"
}

# Every node has its program and sees all nodes serving, in pools of which one member serves one; with NUMBERs, these nodes see each other.
cluster_is_steering() { # [NUMBER...]
	local number numbers=("$@")
	(($#)) || mapfile -t numbers < <(seq "$BED_NODES")
	for number in "${numbers[@]}"; do
		cluster_says "$number" ".nodes.live == ${#numbers[@]} and .program.attached and
			all(.pools[]; .active or .serving == ${#numbers[@]})" status || return 1
	done
}

cluster_generation_is() { # NUMBER GENERATION
	cluster_says "$1" ".generation == $2" status
}

# All nodes take over the configuration as it is now, each within so many seconds.
cluster_reload() { # SECONDS
	local i generations=()
	for ((i = 1; i <= BED_NODES; i++)); do
		generations[i]=$(cluster_steer "$i" -j status | jq .generation)
		kill -HUP "${BED_PIDS[steerd$i]}"
	done
	for ((i = 1; i <= BED_NODES; i++)); do
		bed_await "$1" cluster_generation_is "$i" $((generations[i] + 1)) || return 1
	done
}

# The state of a node's membership in pool web, as another node sees it.
cluster_member_is() { # OBSERVER NUMBER STATE
	cluster_says "$1" ".pools[] | select(.name == \"web\") | .members[] |
		select(.node == \"n$2\") | .state == \"$3\"" pool show
}

cluster_lacking() {
	bed_lacking nginx jq curl python3 || return 1
	[[ -x $B/steerd && -x $B/steer && -e $B/steer.bpf.o ]] ||
		{ echo "no $B/steerd: make all"; return 1; }
}

cluster_logs() {
	local file
	for file in "$BED_DIR"/*.log; do
		echo "# --- ${file##*/}"
		tail -n 20 "$file" | sed 's/^/# /'
	done
}

# Opens a bed and starts everything; ends the shell if the nodes do not come to steer.
cluster_up() { # NODES
	local i
	bed_open "$1"
	od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$BED_DIR/key"
	chmod 0600 "$BED_DIR/key"
	cluster_config >"$BED_DIR/steer.yaml"
	for ((i = 1; i <= BED_NODES; i++)); do
		cluster_nginx "$i"
		cluster_echo "$i"
		if declare -F cluster_more_servers >/dev/null; then cluster_more_servers "$i"; fi
	done
	for ((i = 1; i <= BED_NODES; i++)); do
		cluster_steerd "$i"
	done
	bed_await $CLUSTER_UP_S cluster_is_steering && return
	cluster_logs >&2
	bed_die "the nodes do not steer after $CLUSTER_UP_S s"
}
