// The part of guest scripts that compares the workspace's branch with what the host knows. Pure.

/**
 * Needs $own (the branch's commit or nothing), $tip and $synced (the host's commit and the last one that both had, or
 * nothing) and a git that works. Writes "=relation" with the numbers of commits that only the host and only the
 * workspace has ("none" without a common one; nothing when the guest has not got the host's), and "=synced" with the
 * number of commits since that commit, or "no" when the workspace has it no longer.
 */
export const RELATE = `
if [ -n "$tip" ] && [ -n "$own" ] && [ "$tip" != "$own" ] && git cat-file -e "$tip^{commit}" 2>/dev/null; then
  if git merge-base "$tip" "$own" >/dev/null; then
    printf '=relation\\0%s\\0' "$(git rev-list --left-right --count "$tip...$own" --)"
  else
    printf '=relation\\0none\\0'
  fi
fi
if [ -n "$synced" ] && [ -n "$own" ]; then
  if git cat-file -e "$synced^{commit}" 2>/dev/null && git merge-base --is-ancestor "$synced" "$own"; then
    printf '=synced\\0%s\\0' "$(git rev-list --count "$synced..$own" --)"
  else
    printf '=synced\\0no\\0'
  fi
fi
`;
