#!/usr/bin/env bash
# A million sessions on one machine: a relay and sdmp-load as its peer, both here, over loopback
# addresses 127.1.x.y. Says first what that needs and what of it this machine lacks; then opens the
# sessions, holds them idle, and says what they cost; or which limit stopped them, and at what count.
# Changes no setting of the system, ends what it started and leaves nothing behind.
# What it prints and the figures of one run: docs/benchmarks.md.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: bench/million.sh [SESSIONS] [--minutes M] [--hold S] [--shards N] [--threads N] [--bin DIR]

  SESSIONS     sessions to open and hold (1000000)
  --minutes M  give up after so many minutes (60)
  --hold S     hold them for so many seconds (60, at least 10; what idle sessions cost shows from 30)
  --shards N   shards of the relay (1)
  --threads N  client threads (1)
  --bin DIR    where sdmpd, sdmp and sdmp-load are (build/release/bin beside this script)

exit code: 0 all were held, 3 not all of them, 1 it could not be run, 2 usage
TEXT
}

die() {
  echo "million: $1" >&2
  exit "${2:-1}"
}

whole_number() {
  [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || die "$1 is a whole number above 0, not \"$2\"" 2
}

sessions=1000000
minutes=60
hold=60
shards=1
threads=1
bin=$(cd "$(dirname "$0")/.." && pwd)/build/release/bin
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --minutes | --hold | --shards | --threads)
      [ $# -ge 2 ] || die "$1 needs a value" 2
      whole_number "$1" "$2"
      printf -v "${1#--}" %s "$2"
      shift 2
      ;;
    --bin)
      [ $# -ge 2 ] || die "$1 needs a value" 2
      bin=$2
      shift 2
      ;;
    -*) usage >&2; die "there is no option $1" 2 ;;
    *)
      whole_number SESSIONS "$1"
      sessions=$1
      shift
      ;;
  esac
done
[ "$hold" -ge 10 ] || die "--hold: give 10 or more" 2
for program in sdmpd sdmp sdmp-load; do
  [ -x "$bin/$program" ] || die "$bin/$program is not there: build it, or name its folder with --bin"
done

# shellcheck source=bench/million_needs.sh
. "$(dirname "$0")/million_needs.sh"

echo "million: $sessions sessions, both ends on this machine"
echo "needs about $((needed_kib / 1024)) MiB: $per_session octets per session and $((besides_kib / 1024)) MiB besides;"
echo "and 0.6 ms of CPU per session to open them, on two cores $((sessions / 3000 / 60 + 1)) minutes or more"
check_kernel
check_memory
check_descriptors
check_network
[ "$stands_in_the_way" -eq 0 ] || die "not started"

# --- Starting, and ending on every way out -------------------------------------------------------

directory=$(mktemp -d "${TMPDIR:-/tmp}/sdmp-million-XXXXXX")
relay=
client=
ended=0

# Ends a child that is ours by its id: asked first, then made to.
# shellcheck disable=SC2317
end_child() {
  [ -n "$1" ] || return 0
  kill -TERM "$1" 2>/dev/null || return 0
  for _ in $(seq 90); do
    kill -0 "$1" 2>/dev/null || break
    sleep 1
  done
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# shellcheck disable=SC2317
clean_up() {
  [ "$ended" -eq 0 ] || return 0
  ended=1
  trap '' INT TERM HUP
  end_child "$client"
  end_child "$relay"
  rm -rf "$directory"
  # Others on the machine have sockets, too: no longer than their number falls.
  local now least=999999999 still=0
  for _ in $(seq 120); do
    now=$(sockets)
    if [ "$now" -le $((sockets_before + 200)) ] || [ "$still" -ge 5 ]; then break; fi
    still=$((now < least ? 0 : still + 1))
    least=$((now < least ? now : least))
    sleep 1
  done
}

sockets_before=$(sockets)
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mapfile -t cores < <(taskset -cp $$ | sed 's/.*: //' | tr , '\n' |
  awk -F- '{ for (i = $1; i <= (NF > 1 ? $2 : $1); ++i) print i }')
if [ "${#cores[@]}" -gt "$shards" ]; then
  server_cores=$(IFS=,; echo "${cores[*]: -$shards}")
  client_cores=$(IFS=,; echo "${cores[*]:0:${#cores[@]}-$shards}")
else
  server_cores=$(IFS=,; echo "${cores[*]}")
  client_cores=$server_cores
fi

start_relay() {
  local home=$directory/relay
  "$bin/sdmp-load" prepare --nodes 512 --out "$directory/nodes.sdmp" --keys "$directory/keys" \
    2>/dev/null
  "$bin/sdmp" init --home "$home" --name million --listen 127.0.0.1:0 >/dev/null
  "$bin/sdmp" trust add "$directory/nodes.sdmp" --home "$home" >/dev/null
  "$bin/sdmp" export --home "$home" >"$directory/relay.sdmp"
  # Room for connections that come while others go.
  sed -i -e "/^\[limits\]/a sessions_per_node = $sessions\nconnections = $((sessions + sessions / 16 + 4096))" \
    -e "/^\[keepalive\]/a idle_s = 0" \
    "$home/node.toml"
  taskset -c "$server_cores" "$bin/sdmpd" --home "$home" --shards "$shards" --log-level warn \
    2>"$directory/relay.log" &
  relay=$!
  for _ in $(seq 300); do
    address=$(sed -n 's/.*ready, listening on \([^,]*\),*.*/\1/p' "$directory/relay.log")
    [ -z "$address" ] || return 0
    kill -0 "$relay" 2>/dev/null || break
    sleep 0.1
  done
  cat "$directory/relay.log" >&2
  die "the relay did not start"
}

start_client() {
  taskset -c "$client_cores" "$bin/sdmp-load" idle --peer "$address" --quiet \
    --server "$directory/relay.sdmp" --keys "$directory/keys" --server-pid "$relay" \
    --sessions "$sessions" --threads "$threads" --duration "${hold}s" \
    --json "$directory/report.json" >"$directory/report.txt" 2>&1 &
  client=$!
}

# --- While it runs -------------------------------------------------------------------------------

# A figure of the relay's status by its name; 0 when it does not answer.
relay_says() {
  local figure
  figure=$("$bin/sdmp" status --home "$directory/relay" 2>/dev/null |
    sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p") || true
  echo "${figure:-0}"
}

held=0 # the most that were open at once
open_now() {
  open=$(relay_says sessions)
  [ "$open" -le "$held" ] || held=$open
}

stopped_by=
# Whether something other than the two programs ends the run; says what in stopped_by.
must_stop() {
  if [ "$SECONDS" -ge $((minutes * 60)) ]; then
    stopped_by="the time limit of $minutes minutes (--minutes)"
  elif [ "$(available_kib)" -lt $((256 * 1024)) ]; then
    stopped_by="memory: less than 256 MiB are available"
  elif [ "$open" -ge 1000 ] && [ -r /proc/sys/net/netfilter/nf_conntrack_count ]; then
    local tracked most
    tracked=$(sysctl_of net.netfilter.nf_conntrack_count)
    most=$(sysctl_of net.netfilter.nf_conntrack_max)
    if [ "$tracked" -ge "$open" ] && [ "$most" -lt "$sessions" ]; then
      stopped_by="net.netfilter.nf_conntrack_max = $most: a rule of the firewall has connections on lo tracked, one entry each (exempt lo, or sysctl -w net.netfilter.nf_conntrack_max=$((sessions * 5 / 4)))"
    fi
  fi
  [ -n "$stopped_by" ]
}

progress() {
  printf '%5d s  %9d sessions  %6d/s  relay %6d MiB  client %6d MiB  available %6d MiB\n' \
    "$SECONDS" "$open" "$1" $(($(rss_kib "$relay") / 1024)) $(($(rss_kib "$client") / 1024)) \
    $(($(available_kib) / 1024))
}

# Waits until all sessions are open; false when that will not be.
open_all() {
  local last=0 last_at=$SECONDS most=0 moved_at=$SECONDS
  open_now
  while [ "$open" -lt "$sessions" ]; do
    sleep 1
    open_now
    if must_stop || ! kill -0 "$client" 2>/dev/null || ! kill -0 "$relay" 2>/dev/null; then
      return 1
    fi
    if [ "$held" -gt "$most" ]; then
      most=$held
      moved_at=$SECONDS
    fi
    if [ $((SECONDS - last_at)) -ge 10 ]; then
      progress $(((open - last) / (SECONDS - last_at)))
      last=$open
      last_at=$SECONDS
    fi
    if [ $((SECONDS - moved_at)) -ge 60 ]; then
      stopped_by="something that let no session in for a minute"
      return 1
    fi
  done
}

# The half of the time in which all sessions are idle is measured.
hold_all() {
  # The relay counts a session as idle after 5 to 10 seconds.
  local settle=$((hold / 2 > 15 ? 15 : hold / 2))
  echo "all $sessions are open after $SECONDS s; held for $hold s"
  sleep "$settle"
  relay_cpu=$(cpu_seconds "$relay")
  client_cpu=$(cpu_seconds "$client")
  softirq=$(softirq_seconds)
  local from=$SECONDS until=$((SECONDS + hold - settle - 3))
  while [ "$SECONDS" -lt "$until" ] && kill -0 "$client" 2>/dev/null; do sleep 1; done
  measured=$((SECONDS > from ? SECONDS - from : 1))
  relay_cpu=$(calculate %.2f "$(cpu_seconds "$relay") - $relay_cpu")
  client_cpu=$(calculate %.2f "$(cpu_seconds "$client") - $client_cpu")
  softirq=$(calculate %.2f "$(softirq_seconds) - $softirq")
  available_with=$(available_kib)
  slab_with=$(meminfo_kib Slab)
  relay_with=$(rss_kib "$relay")
  client_with=$(rss_kib "$client")
  open_now
}

octets_each() { calculate %.0f "$1 * 1024 / $sessions"; }
percent() { calculate %.2f "$1 / $measured * 100"; }

report_cost() {
  local besides=$((available_before - available_with - (relay_with - relay_before) - client_with))
  local slab=$((slab_with - slab_before)) gone=$((relay_with - relay_before))
  cat <<TEXT
sessions held          $open
opened in              $opened_s s, $((sessions / opened_s)) per second
relay, resident        $((relay_with / 1024)) MiB, $(octets_each $gone) octets per session
client, resident       $((client_with / 1024)) MiB, $(octets_each "$client_with") octets per session
kernel, in slabs       $((slab / 1024)) MiB, $(octets_each $slab) octets per session (both ends)
memory, besides        $((besides / 1024)) MiB less available that no process has, $(octets_each $besides) octets per session
CPU while idle         relay $(percent "$relay_cpu") %, client $(percent "$client_cpu") % of a core, over $measured s;
                       in softirqs of the whole machine $(percent "$softirq") %
Slabs, available memory and softirqs are the machine's: what else runs there counts, too.
TEXT
}

# Its exit code; 137 when it does not end by itself within five minutes.
wait_for_end() {
  for _ in $(seq 300); do
    kill -0 "$1" 2>/dev/null || break
    sleep 1
  done
  kill -KILL "$1" 2>/dev/null || true
  local code=0
  wait "$1" || code=$?
  return "$code"
}

# Which limit it was, as far as anybody knows it, and at what count.
report_failure() {
  echo "million: $held of $sessions sessions were open at most" >&2
  [ -z "$stopped_by" ] || echo "million: stopped by $stopped_by" >&2
  local dropped=$(($(packets_dropped) - dropped_before))
  if [ "$dropped" -gt 0 ]; then
    echo "million: net.core.netdev_max_backlog = $(sysctl_of net.core.netdev_max_backlog): $dropped packets were dropped meanwhile" >&2
  fi
  if [ "$(files_open)" -ge $(($(sysctl_of fs.file-max 0) * 99 / 100)) ]; then
    echo "million: fs.file-max = $(sysctl_of fs.file-max): $(files_open) files are open" >&2
  fi
  "$bin/sdmp" status --home "$directory/relay" 2>/dev/null | tr -d '{}"' | tr , '\n' |
    grep -E '^(turned_away|accept_|failures_).*:[1-9]' | sed 's/^/  relay counts /' >&2 || true
  if [ -s "$directory/report.txt" ]; then sed 's/^/  client: /' "$directory/report.txt" >&2; fi
  grep -v ready "$directory/relay.log" | tail -n 20 | sed 's/^/  relay: /' >&2 || true
}

start_relay
available_before=$(available_kib)
slab_before=$(meminfo_kib Slab)
relay_before=$(rss_kib "$relay")
dropped_before=$(packets_dropped)
SECONDS=0
start_client
if open_all; then
  opened_s=$((SECONDS > 0 ? SECONDS : 1))
  progress $((sessions / opened_s))
  hold_all
  code=0
  wait_for_end "$client" || code=$?
  client=
  if [ "$code" -eq 0 ]; then
    report_cost
    exit 0
  fi
  echo "million: all were open, but the run did not pass" >&2
  report_failure
  exit 3
fi
# It ends by reporting what came.
kill -TERM "$client" 2>/dev/null || true
wait_for_end "$client" || true
client=
report_failure
exit 3
