# shellcheck shell=bash disable=SC2154,SC2034
# What bench/million.sh asks of the system: its figures, and whether so many sessions fit. To be
# sourced, with sessions, shards and threads set; the sessions must be a whole number above 0.

# --- What the system says, one figure each -------------------------------------------------------

meminfo_kib() { awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo; }
# TCP sockets of this network namespace: those in use, and those that nobody has open any more.
sockets() { awk '$1 == "TCP:" { print $3 + $5 }' /proc/net/sockstat; }
# Packets that loopback has dropped since the system's start, because a processor's queue was full.
packets_dropped() {
  local dropped=0 column
  while read -r _ column _; do dropped=$((dropped + 16#$column)); done </proc/net/softnet_stat
  echo "$dropped"
}
files_open() { awk '{ print $1 - $2 }' /proc/sys/fs/file-nr; }
sysctl_of() { cat "/proc/sys/${1//.//}" 2>/dev/null || echo "${2:-0}"; }
rss_kib() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status" 2>/dev/null || echo 0; }
# User and system time in seconds; the process's name may have spaces.
cpu_seconds() {
  sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null |
    awk -v ticks="$(getconf CLK_TCK)" '{ printf "%.2f", ($12 + $13) / ticks }'
}
# Of all processors together.
softirq_seconds() {
  awk -v ticks="$(getconf CLK_TCK)" '$1 == "cpu" { printf "%.2f", $8 / ticks }' /proc/stat
}
# With a printf format.
calculate() { awk "BEGIN { printf \"$1\", $2 }"; }

# The memory that this process's control group leaves, or nothing.
group_room_kib() {
  local group
  group=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
  [ -r "$group/memory.max" ] || return 0
  local most
  most=$(cat "$group/memory.max")
  [ "$most" = max ] || echo $(((most - $(cat "$group/memory.current")) / 1024))
}

available_kib() {
  local available room
  available=$(meminfo_kib MemAvailable)
  room=$(group_room_kib)
  if [ -n "$room" ] && [ "$room" -lt "$available" ]; then available=$room; fi
  echo "$available"
}

# --- What it needs, and what stands in its way ---------------------------------------------------

# Octets per session, both ends: 10 KiB in the kernel, below 1 KiB in the relay, 1 KiB in the client;
# rounded up.
per_session=13000
# What both programs take without sessions, and what the machine keeps for others.
besides_kib=$((768 * 1024))
needed_kib=$((sessions * per_session / 1024 + besides_kib))
stands_in_the_way=0

lacks() {
  echo "  stands in the way: $1" >&2
  stands_in_the_way=1
}

at_least() { # NAME VALUE NEEDED WHY
  if [ "$2" -lt "$3" ]; then
    lacks "$1 is $2 and must be $3 or more: $4 (sysctl -w $1=$3)"
  else
    echo "  $1 = $2"
  fi
}

check_memory() {
  local available
  available=$(available_kib)
  if [ "$available" -lt "$needed_kib" ]; then
    lacks "memory: $((available / 1024)) MiB are available, enough for about $(((available - besides_kib) * 1024 / per_session)) sessions"
  else
    echo "  memory available = $((available / 1024)) MiB"
  fi
}

check_descriptors() {
  local places files
  places=$(ulimit -Hn)
  [ "$places" != unlimited ] || places=$(sysctl_of fs.nr_open)
  # A ring's table of sockets has so many places, and a thread has 256 rings.
  local rings=$(((sessions / threads + places - 1) / places))
  if [ "$rings" -gt 240 ] || [ $(((sessions / shards + places - 1) / places)) -gt 240 ]; then
    lacks "RLIMIT_NOFILE (ulimit -Hn) is $places: 256 rings of a thread hold $((places * 256)) sockets; raise it, or give more --shards and --threads"
  else
    echo "  RLIMIT_NOFILE = $places: about $rings rings in each client thread"
  fi
  files=$(sysctl_of fs.file-max 9223372036854775807)
  # Root may open more.
  if [ "$(id -u)" -ne 0 ]; then
    at_least fs.file-max "$files" $((sessions * 2 + $(files_open) + 1000)) \
      "a session has a file at each end"
  else
    echo "  fs.file-max = $files (does not bind root)"
  fi
}

check_kernel() {
  local release
  release=$(uname -r)
  if [ "$(printf '%s\n6.13\n' "$release" | sort -V | head -n 1)" != 6.13 ] &&
    [ "$(ulimit -Hn)" != unlimited ] && [ "$(ulimit -Hn)" -lt $((sessions + 1000)) ]; then
    lacks "Linux $release: before 6.13 each session takes a descriptor of its process, and RLIMIT_NOFILE is $(ulimit -Hn)"
  else
    echo "  Linux $release"
  fi
  if [ "$(sysctl_of kernel.io_uring_disabled)" -ne 0 ]; then
    lacks "kernel.io_uring_disabled is $(sysctl_of kernel.io_uring_disabled) (sysctl -w kernel.io_uring_disabled=0)"
  fi
}

check_network() {
  local first last
  at_least net.core.somaxconn "$(sysctl_of net.core.somaxconn)" 128 \
    "connections that are made at once wait there to be accepted"
  read -r first last < /proc/sys/net/ipv4/ip_local_port_range
  # The client takes 127.1.0.2 and on, half of the ports of each: up to 127.1.249.250.
  if [ $(((last - first + 1) * 60000 / 2)) -lt "$sessions" ]; then
    lacks "net.ipv4.ip_local_port_range is $first to $last: too few ports (sysctl -w net.ipv4.ip_local_port_range='1024 65000')"
  else
    echo "  net.ipv4.ip_local_port_range = $first $last"
  fi
  # Idle sockets hold no pages; the handshakes that are under way do.
  at_least net.ipv4.tcp_mem "$(awk '{ print $1 }' /proc/sys/net/ipv4/tcp_mem)" 4096 \
    "pages of octets under way"
  local orphans
  orphans=$(sysctl_of net.ipv4.tcp_max_orphans)
  echo "  net.ipv4.tcp_max_orphans = $orphans (when more end at once the kernel resets them: no harm here)"
  # It counts only where a rule of the firewall asks for it, which shows with the first sessions.
  if [ -r /proc/sys/net/netfilter/nf_conntrack_max ]; then
    echo "  net.netfilter.nf_conntrack_max = $(sysctl_of net.netfilter.nf_conntrack_max) (matters if connections on lo are tracked: looked at below)"
  fi
}
