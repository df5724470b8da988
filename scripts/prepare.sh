# Sourced by the launcher when the sources have no build yet: installs the libraries and builds.
# shellcheck shell=sh
# Set by the launcher: top (the package's directory), build (where the build belongs); fail MESSAGE ends it.
# shellcheck disable=SC2154

lock=$top/dist/.lock

# One process at a time, because `npm ci` begins by removing node_modules; the others wait and find it done.
prepare() {
  if ! mkdir -p "$top/dist" 2>/dev/null || [ ! -w "$top/dist" ]; then
    fail "$top is not built for these sources and cannot be written; run agent-vm once as its owner."
  fi
  until mkdir "$lock" 2>/dev/null; do
    drop_stale_lock
    sleep 0.2
    [ ! -f "$build/main.cjs" ] || return 0
  done
  trap 'rm -rf "$lock"' EXIT
  trap 'exit 130' HUP INT TERM
  echo $$ >"$lock/pid"
  if [ ! -f "$build/main.cjs" ]; then
    installed || logged "install agent-vm's libraries" npm ci --ignore-scripts --no-audit --no-fund
    logged "build agent-vm" node scripts/build.mjs "$build"
  fi
  rm -rf "$lock"
  trap - EXIT HUP INT TERM
}

# npm writes this file last.
installed() {
  done_by_npm=$top/node_modules/.package-lock.json
  [ -f "$done_by_npm" ] && [ -z "$(find "$top/package-lock.json" -newer "$done_by_npm")" ]
}

# One line, unless it fails.
logged() {
  what=$1
  shift
  log=$lock/log
  echo "… $what" >&2
  (cd "$top" && "$@" </dev/null) >"$log" 2>&1 && return
  cat "$log" >&2
  fail "could not $what in $top; the lines above say why."
}

# The lock of a process that has ended, or that ended before it wrote who it is.
drop_stale_lock() {
  holder=$(cat "$lock/pid" 2>/dev/null || :)
  if [ -n "$holder" ]; then
    ! kill -0 "$holder" 2>/dev/null || return 0
  else
    [ -n "$(find "$lock" -prune -mmin +1 2>/dev/null)" ] || return 0
  fi
  # Two may see this at once; only one moves it, and a new holder's lock goes back.
  mv "$lock" "$lock.$$" 2>/dev/null || return 0
  [ "$(cat "$lock.$$/pid" 2>/dev/null || :)" = "$holder" ] || mv -n "$lock.$$" "$lock" 2>/dev/null || :
  rm -rf "$lock.$$"
}
