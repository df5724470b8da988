// The constant script that sends what git objects cannot carry: a tar of paths, or a bundle of a save. Pure.

/**
 * Arguments: "tar" and a directory below the home (the paths to pack follow on standard input, NUL-separated), or
 * "bundle" and the scratch repository's name; then "send", or "sum" for the checksum alone.
 * Answer: the bytes; at the end of standard error NUL sha256 NUL exit code NUL.
 */
export const SEND = `
export LC_ALL=C GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_NO_REPLACE_OBJECTS=1
kind=$1 place=$2 what=$3
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
if [ "$what" = send ]; then pack | tee -- "$tmp/pipe"; else pack >"$tmp/pipe"; fi
wait
read -r sum rest <"$tmp/sum"
printf '\\0%s\\0%s\\0' "$sum" "$(cat -- "$tmp/code")" >&2
`;
