// The part of guest scripts that compares the workspace's branch with what the host knows. Pure.

/**
 * Needs $own (the branch's commit or nothing), $tip and $synced (the host's commit and the last one that both had, or
 * nothing) and a git that works. Writes "=relation" with the numbers of commits that only the host and only the
 * workspace has ("none" without a common one; nothing when the guest has not got the host's), and "=synced" with the
 * number of commits since that commit, or "no" when the workspace has it no longer. One git where the two have not
 * parted: none of one side's own says that it is part of the other.
 */
export const RELATE = `
apart() { git rev-list --left-right --count "$1...$own" -- 2>/dev/null; }
tab='\t' counts=
if [ -n "$tip" ] && [ -n "$own" ] && [ "$tip" != "$own" ]; then
  if counts=$(apart "$tip"); then
    case $counts in
      "0$tab"* | *"\${tab}0") ;;
      *) git merge-base "$tip" "$own" >/dev/null || counts=none ;;
    esac
  elif git cat-file -e "$tip^{commit}" 2>/dev/null; then
    counts=none
  fi
  if [ -n "$counts" ]; then printf '=relation\\0%s\\0' "$counts"; fi
fi
if [ -n "$synced" ] && [ -n "$own" ]; then
  if [ "$synced" = "$own" ]; then counts="0\${tab}0"
  elif [ "$synced" != "$tip" ]; then counts=$(apart "$synced") || counts=
  fi
  case $counts in
    "0$tab"*) printf '=synced\\0%s\\0' "\${counts#*"$tab"}" ;;
    *) printf '=synced\\0no\\0' ;;
  esac
fi
`;
