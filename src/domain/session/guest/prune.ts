// The constant script that forgets sessions which ended long ago. Pure.
import { LIVES } from "./lives.ts";

/** What is kept of sessions that have ended: this many, the newest, and none that ended so many seconds ago. */
export const KEPT_SESSIONS = 200;
const KEPT_SECONDS = 30 * 86_400;
/** A session that is being opened has no `about` yet. */
const OPENING_SECONDS = 86_400;

/** A bash script. One that runs stays, whatever its age. */
export const PRUNE = `
cd -- "$HOME/.local/state/agent-vm/sessions" || exit 0
${LIVES}
now=$(date +%s) kept=0
while read -r at id; do
  [[ $id =~ ^[0-9a-f]{16}$ ]] || continue
  age=$((now - \${at%.*})) about=()
  [ ! -f "$id/about" ] || mapfile -d '' -n 11 -t about <"$id/about"
  if [ ! -e "$id/end" ]; then
    if [ "\${#about[@]}" -lt 10 ]; then [ "$age" -gt ${OPENING_SECONDS} ] || continue; else ! lives || continue; fi
  fi
  kept=$((kept + 1))
  [ "$kept" -gt ${KEPT_SESSIONS} ] || [ "$age" -gt ${KEPT_SECONDS} ] || continue
  rm -rf -- "./$id"
done < <(find . -mindepth 1 -maxdepth 1 -type d -printf '%T@ %f\\n' | sort -rn)
`;
