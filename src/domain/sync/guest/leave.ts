// The constant scripts that rename workspaces away before they are deleted, and back. Pure.
import { CHECK_DIR, ENVIRONMENT } from "./common.ts";
import { DROP } from "./scratch.ts";

/**
 * Renames workspaces to `.agent-vm.leaving.<directory>`. Arguments: directories. Whoever opens the old path finds
 * nothing; whoever is inside already goes with it. Fails without touching a second one under the same name.
 */
export const LEAVE = `
${ENVIRONMENT}
cd -- "$root" || exit 1
for dir do
  ${CHECK_DIR}
  to=.agent-vm.leaving.$dir
  if [ -e "$to" ] || [ -L "$to" ]; then exit 66; fi
  if [ -e "$dir" ] || [ -L "$dir" ]; then mv -T -- "$dir" "$to" || exit 1; fi
done
`;

/**
 * Renames workspaces back that are on their way out, and drops the scratch of a save that was cut off. Arguments:
 * directories. Answer: those whose place is taken, which stay where they are.
 */
export const COME_BACK = `
${ENVIRONMENT}${DROP}
cd -- "$root" 2>/dev/null || exit 0
for dir do
  ${CHECK_DIR}
  from=.agent-vm.leaving.$dir
  [ -e "$from" ] || [ -L "$from" ] || continue
  if [ -e "$dir" ] || [ -L "$dir" ]; then printf '%s\\0' "$dir"; else mv -T -- "$from" "$dir" || exit 1; fi
done
for dir do
  drop "$root/.agent-vm.save.$dir" || exit 1
  # A save that was cut off holds it until it has ended, also when its scratch is gone: it is nobody's work.
  if [ -d "$dir/.git" ] && [ ! -L "$dir" ] && [ ! -L "$dir/.git" ]; then flock -w 60 "$dir/.git" true || :; fi
done
`;
