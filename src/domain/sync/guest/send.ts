// The constant script that sends what git objects cannot carry: a tar of paths, or a bundle of a save. Pure.

/** What is packed now is not what the host has begun to take. */
export const DIFFERS = 66;

/**
 * Arguments: "tar" and a directory below the home (the paths to pack follow on standard input, NUL-separated), or
 * "bundle" and the scratch repository's name; then "send", or "sum" for the checksum alone; how many bytes of it the host
 * has, and their SHA-256. Answer: the bytes behind those; at the end of standard error NUL sha256 of all NUL exit code NUL.
 * Exit code DIFFERS, and no byte, when what is packed now does not begin so.
 */
export const SEND = `
export LC_ALL=C GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_NO_REPLACE_OBJECTS=1
kind=$1 place=$2 what=$3 from=\${4:-0} begun=\${5:-}
tmp=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf -- "$tmp"' EXIT
cat >"$tmp/list"
mkfifo -- "$tmp/pipe" || exit 1
sha256sum <"$tmp/pipe" >"$tmp/sum" &
pack() {
  case $kind in
    tar) cd -- "$HOME/$place" && tar -P --null -T "$tmp/list" -cf - ;;
    bundle) cd -- "$HOME/workspace/$place" && git --git-dir=. bundle create -q - --all ;;
    *) false ;;
  esac
  printf '%s' "$?" >"$tmp/code"
}
behind() {
  if [ "$from" != 0 ]; then
    first=$(head -c "$from" | sha256sum)
    if [ "\${first%% *}" != "$begun" ]; then : >"$tmp/differs"; return; fi
  fi
  cat
}
if [ "$what" = send ]; then pack | tee -- "$tmp/pipe" | behind; else pack >"$tmp/pipe"; fi
wait
[ ! -e "$tmp/differs" ] || exit ${DIFFERS}
read -r sum rest <"$tmp/sum"
printf '\\0%s\\0%s\\0' "$sum" "$(cat -- "$tmp/code")" >&2
`;
