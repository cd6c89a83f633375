#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Checks by HTTPS and by commands: what goes wrong on one node is seen by the others, and said on it.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

why=$(cluster_lacking openssl) || skip_all "$why"

# In place of cluster.sh's: pool web by HTTPS, pool app by a command.
cluster_config() {
	local i
	cat <<-EOF_CONFIG
	cluster: checks
	key-file: $BED_DIR/key
	liveness: { interval: 50ms, multiplier: 4 }
	nodes:
	EOF_CONFIG
	for ((i = 1; i <= BED_NODES; i++)); do
		echo "  - { name: n$i, id: $i, address: $(bed_node4 "$i"), address6: \"$(bed_node6 "$i")\", interface: eth0 }"
	done
	cat <<-EOF_CONFIG
	pools:
	  - name: web
	    members: all
	    health: { type: https, host: www.example, ca-file: $BED_DIR/tls/ca.pem, path: /healthz,
	              body: 'database: ok', interval: 1s, fast-interval: 100ms, timeout: 1s }
	  - name: app
	    members: all
	    health: { type: exec, command: [ $BED_DIR/check, $BED_DIR ],
	              interval: 1s, fast-interval: 100ms, timeout: 1s }
	services:
	  - { name: web4, vip: $BED_VIP4, protocol: tcp, port: 443, pool: web }
	  - { name: web6, vip: "$BED_VIP6", protocol: tcp, port: 443, pool: web }
	  - { name: app4, vip: $BED_VIP4, protocol: tcp, port: 7000, pool: app }
	EOF_CONFIG
}

cluster_nginx() { # NUMBER
	local dir=$BED_DIR/nginx$1
	mkdir -p "$dir"
	certificate "$1" good
	page "$1" "database: ok"
	cat >"$dir/nginx.conf" <<-EOF_NGINX
	user root;
	worker_processes 1;
	pid $dir/pid;
	events { worker_connections 1024; }
	http {
		access_log off;
		default_type text/plain;
		client_body_temp_path $dir/body;
		proxy_temp_path $dir/proxy;
		fastcgi_temp_path $dir/fastcgi;
		uwsgi_temp_path $dir/uwsgi;
		scgi_temp_path $dir/scgi;
		ssl_certificate $dir/tls.pem;
		ssl_certificate_key $dir/tls.pem;
		server {
			listen $BED_VIP4:443 ssl;
			listen [$BED_VIP6]:443 ssl;
			server_name www.example;
			location = /healthz { alias $dir/healthz; }
		}
	}
	EOF_NGINX
	bed_start "nginx$1" "n$1" nginx -e "$dir/error.log" -p "$dir" -c "$dir/nginx.conf" \
		-g 'daemon off;'
}

certificate() { # NUMBER NAME
	cp "$BED_DIR/tls/$2.pem" "$BED_DIR/nginx$1/tls.pem"
	[[ ! ${BED_PIDS[nginx$1]:-} ]] || kill -HUP "${BED_PIDS[nginx$1]}"
}

page() { # NUMBER TEXT
	echo "$2" >"$BED_DIR/nginx$1/healthz.new"
	mv "$BED_DIR/nginx$1/healthz.new" "$BED_DIR/nginx$1/healthz"
}

# What the command of a node does from now on.
command_does() { # NUMBER SCRIPT
	echo "$2" >"$BED_DIR/app-n$1.new"
	mv "$BED_DIR/app-n$1.new" "$BED_DIR/app-n$1"
}

# The state of a node in a pool, as all others see it.
others_see() { # NUMBER POOL STATE
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		((i == $1)) && continue
		cluster_says "$i" ".pools[] | select(.name == \"$2\") | .members[] |
			select(.node == \"n$1\") | .state == \"$3\"" pool show || return 1
	done
}

# What a node says of its own check: the text is in it.
detail_has() { # NUMBER POOL TEXT
	cluster_says "$1" ".pools[] | select(.name == \"$2\") | .members[] |
		select(.node == \"n$1\") | .detail | contains(\"$3\")" pool show
}

unhealthy() { # NUMBER POOL TEXT
	others_see "$1" "$2" unhealthy && detail_has "$1" "$2" "$3"
}

logged() { # NUMBER POOL TEXT
	grep "pool $2: node n$1: health .*unhealthy: " "$BED_DIR/steerd$1.log" | grep -F "$3" ||
		{ grep ': health ' "$BED_DIR/steerd$1.log"; return 1; }
}

# How often somebody has been taken for dead so far.
count_deaths() {
	cat "$BED_DIR"/steerd*.log | grep -cE 'node n[0-9]: liveness up → down'
}

# Of a node's command nothing is left but what runs now, if anything.
processes_at_most() { # NUMBER LIMIT
	local n
	n=$(ps -o stat=,args= -p "$(ip netns pids "steer-$BED_ID-n$1" | paste -sd,)" |
		grep -cE '^Z|sleep|yes|/check ')
	((n <= $2)) || { ps -o pid,ppid,stat,args -p "$(ip netns pids "steer-$BED_ID-n$1" | paste -sd,)"; return 1; }
}

descriptors() { # NUMBER
	find "/proc/${BED_PIDS[steerd$1]}/fd" -mindepth 1 | wc -l
}

# As many as before: those of an attempt under way come and go.
has_descriptors() { # NUMBER COUNT
	(($(descriptors "$1") <= $2))
}

bed_open 3
mkdir "$BED_DIR/tls"
tests/tools/make-certificates "$BED_DIR/tls" || bed_die "cannot make certificates"
ln -s "$PWD/tests/tools/check_as_told.sh" "$BED_DIR/check"
od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$BED_DIR/key"
chmod 0600 "$BED_DIR/key"
cluster_config >"$BED_DIR/steer.yaml"
for i in 1 2 3; do
	command_does $i 'exit 0'
	cluster_nginx $i
done
for i in 1 2 3; do
	cluster_steerd $i
done
check "all serve, by HTTPS and by command" bed_await 20 cluster_is_steering
before=$(descriptors 2)
deaths=$(count_deaths)

# --- certificates ---
certificate 2 expired
check "an expired certificate makes a node unhealthy for the others" \
	bed_await 20 unhealthy 2 web "certificate expired"
check "and it says why in its log" logged 2 web ":443/healthz: certificate expired"
check "its other pool is not touched" others_see 2 app serving
check "nor are other nodes" others_see 3 web serving
certificate 2 other
check "one for another name is no better" bed_await 20 unhealthy 2 web \
	"certificate subject name (other.example)"
certificate 2 foreign
check "nor one of another CA" bed_await 20 unhealthy 2 web "certificate of an unknown CA"
certificate 2 good
check "with a good one it serves again" bed_await 20 others_see 2 web serving

# --- the body ---
page 2 "database: gone"
check "a body without the text makes it unhealthy" bed_await 20 unhealthy 2 web \
	"body does not contain \\\"database: ok\\\""
check "that is in the log" logged 2 web \
	":443/healthz: body does not contain \"database: ok\""
page 2 "cache: ok, database: ok, mail: gone"
check "with the text it serves again" bed_await 20 others_see 2 web serving

# --- commands ---
command_does 2 'echo cache is cold; echo more; exit 1'
check "a command that fails makes a node unhealthy for the others" \
	bed_await 20 unhealthy 2 app "exit status 1: cache is cold"
check "and it says why in its log" logged 2 app "exec $BED_DIR/check: exit status 1: cache is cold"
check "its other pool is not touched" others_see 2 web serving
command_does 2 'exit 0'
check "when it succeeds the node serves again" bed_await 20 others_see 2 app serving

command_does 2 "trap '' TERM HUP INT; (trap '' TERM; sleep 1000) & sleep 1000 & while :; do wait; done"
check "a command that never ends makes it unhealthy" \
	bed_await 20 unhealthy 2 app "not done in 1000 ms, killed"
check "that is in the log" logged 2 app "exec $BED_DIR/check: not done in 1000 ms, killed"
# Two shells and two sleeps are all that one attempt has.
check "the attempts do not pile up" processes_at_most 2 5

command_does 2 'yes & yes & yes'
check "one that floods its output does, too" \
	bed_await 20 unhealthy 2 app "output too long: more than 64 KiB, killed"
check "these do not pile up either" processes_at_most 2 5
check "its other pool serves all the while" others_see 2 web serving

check "nobody was taken for dead meanwhile" same "$deaths" "$(count_deaths)"

command_does 2 'exit 0'
check "in the end it serves again" bed_await 20 others_see 2 app serving
check "nothing is left of the commands" bed_await 20 processes_at_most 2 0
check "nor of descriptors" bed_await 20 has_descriptors 2 "$before"

# --- the daemon's end ---
command_does 2 'exec sleep 1000'
check "a command hangs" bed_await 20 unhealthy 2 app "not done in 1000 ms"
bed_stop steerd2 TERM
check "steerd ends nevertheless" test $? -eq 0
check "and the command with it" bed_await 20 processes_at_most 2 0
finish
