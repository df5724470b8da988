// The constant script that deletes workspaces. Pure.
import { CHECK_DIR, ENVIRONMENT } from "./common.ts";

/**
 * Deletes workspaces: each is first renamed away, so that nobody meets half of it; what an interrupted deletion left
 * goes too. Arguments: directories.
 */
export const REMOVE = `
${ENVIRONMENT}
cd -- "$root" 2>/dev/null || exit 0
for dir do
  ${CHECK_DIR}
  if [ -e "$dir" ] || [ -L "$dir" ]; then mv -T -- "$dir" ".agent-vm.trash.$dir.$$" || exit 1; fi
done
for old in .agent-vm.trash.*; do
  if [ -L "$old" ] || [ -f "$old" ]; then rm -f -- "$old" || exit 1; continue; fi
  [ -d "$old" ] || continue
  rm -rf -- "$old" 2>/dev/null || { chmod -R u+rwX -- "$old"; rm -rf -- "$old"; } || exit 1
done
`;
