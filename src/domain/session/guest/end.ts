// The constant scripts that tell which processes sessions have, and that ask sessions to end. Pure.
import { FIND_BASE } from "../guest.ts";
import { FAMILY, LIVES } from "./lives.ts";
import { word } from "./word.ts";

const FAMILIES_BASH = `
shopt -s nullglob
${LIVES}
${FAMILY}
for place in "$HOME"/.local/state/agent-vm/sessions/*/; do
  place=\${place%/} about=()
  [ -f "$place/about" ] || continue
  { mapfile -d '' -n 11 -t about <"$place/about"; } 2>/dev/null || continue
  [ ! -e "$place/end" ] && lives || continue
  family
  for one in "\${mine[@]}"; do
    name=
    { read -r name <"/proc/$one/comm"; } 2>/dev/null || [ -n "$name" ] || continue
    printf '%s\\0' "\${place##*/}" "$one" "$name"
  done
done
`;

/** Answer: id, process id and program's name of each process of each session that lives. */
export const FAMILIES = `exec bash -c ${word(FAMILIES_BASH)}`;

const END_BASH = `
step=$1 why=$2
shift 2
${LIVES}
${FAMILY}
now=$(date +%s)
there() {
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null && [[ \${stat##*) } != Z* ]]
}
for id; do
  kept=$HOME/.local/state/agent-vm/sessions/$id about=() mine=() members=()
  [ -f "$kept/about" ] && mapfile -d '' -n 11 -t about <"$kept/about" || continue
  [ "$step" != spare ] || { rm -f -- "$kept/ending" "$kept/members"; continue; }
  ! lives || family
  # Who lost his parent since the first step is still one of them.
  if [ "$step" = ask ]; then
    [ \${#mine[@]} -gt 0 ] || continue
    (umask 077; printf '%s\\n' "$why" >"$kept/ending"; printf '%s\\n' "\${mine[*]}" >"$kept/members")
  fi
  [ ! -f "$kept/members" ] || read -r -a members <"$kept/members"
  left=()
  for one in "\${mine[@]}" "\${members[@]}"; do ! there "$one" || left+=("$one"); done
  if [ \${#left[@]} -gt 0 ]; then
    # A session's first process only notes how the others ended; a shell at its prompt is deaf to TERM.
    others=()
    for one in "\${left[@]}"; do [ "$one" = "\${about[5]}" ] || others+=("$one"); done
    [ \${#others[@]} -gt 0 ] || others=("\${left[@]}")
    case $step/\${about[3]} in
      ask/shell | hangup/*) kill -HUP "\${others[@]}" ;;
      ask/*) kill -TERM "\${others[@]}" ;;
      kill/*) kill -KILL "\${others[@]}" ;;
    esac 2>/dev/null
    [ "$step" = look ] || kill -CONT "\${left[@]}" 2>/dev/null
    printf '%s\\0' "$id"
    continue
  fi
  rm -f -- "$kept/members"
  [ -e "$kept/end" ] || printf '137 %s %s\\n' "$now" "$why" >"$kept/end"
done
`;

/**
 * Arguments: "ask", "hangup", "kill", "look", or "spare" for the end of the asking; why, for the sessions' `end`; ids.
 * Answers the ids of those that something was left of just before.
 */
export const END = `
${FIND_BASE}
exec bash -c ${word(END_BASH)} bash "$@"
`;
