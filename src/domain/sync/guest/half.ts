// Where a pack of a new workspace lies until it is whole; a transfer that broke off goes on there. Pure.

/** Beside the workspaces, before a workspace's directory: what is in it has come from the host, and is there, too. */
export const HALF = ".agent-vm.half";

/** The same for a pack that the host gets: it lies there until the host has all of it. */
export const GIVEN = ".agent-vm.given";

/** What others left there a day ago goes. Needs $root and $spot (see AT_PLACE). */
export const SWEEP = `find "$root" -maxdepth 1 \\( -name '${HALF}.*' ! -name "${HALF}.$spot" -o -name '${GIVEN}.*' ! -name "${GIVEN}.$spot" \\) -mmin +1440 -exec rm -rf -- {} +`;

/** Bytes of a pack; a smaller one is sent again sooner than anybody has typed the command. */
export const WORTH_KEEPING = 16 * 1024 * 1024;

/**
 * take_pack: the rest of the pack comes on standard input; then it is whole as "$half/$pack". Needs $root, $spot, $pack,
 * $pack_size, $pack_sum and $from, the bytes that are to be there; when they are not what they were, the sum tells and
 * nothing of it stays.
 */
export const TAKE_PACK = `
take_pack() {
  half=$root/${HALF}.$spot
  ${SWEEP}
  find "$half" -mindepth 1 ! -name "$pack" -delete 2>/dev/null || :
  mkdir -p -- "$half"
  exec 9>>"$half/$pack"
  # The command that broke off holds it until it has written its last; where its connection is lost and not closed yet
  # it may do so later, into a file that has no name any more.
  if ! flock -w 5 9; then
    head -c "$from" <"$half/$pack" >"$half/$pack.copy"
    mv -f -- "$half/$pack.copy" "$half/$pack"
    exec 9>>"$half/$pack"
    flock 9
  fi
  truncate -s "$from" -- "$half/$pack"
  head -c "$((pack_size - from))" >&9 || { rm -rf -- "$half"; return 1; }
  if [ "$(wc -c <"$half/$pack")" -ne "$pack_size" ]; then
    [ "$pack_size" -ge ${WORTH_KEEPING} ] || rm -rf -- "$half"
    return 1
  fi
  holds "$half/$pack" "$pack_sum" || { rm -rf -- "$half"; return 1; }
}
`;
